--- What the tests of the Neovim plugin are written with: groups and checks, a child Neovim driven
--- over RPC, and digests to open in it. Used by `run.lua`.

local M = {}

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p')
M.root = vim.fn.fnamemodify(here, ':h:h:h:h')
M.plugin = M.root .. '/editors/neovim'
M.sample = M.root .. '/tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt'
M.scratch = vim.fn.tempname()

-- A busy machine starts a server in a second; only a failing check ever waits this long.
M.patience_ms = 8000

------------------------------------------------------------------------------------------
-- describe, it, expect

M.n_passed, M.n_failed = 0, 0
local group = ''

function M.describe(name, body)
  group = name
  local ok, problem = pcall(body)
  if not ok then
    M.n_failed = M.n_failed + 1
    io.stdout:write(('FAIL %s: %s\n'):format(name, problem))
  end
end

function M.it(name, body)
  local ok, problem = pcall(body)
  M.n_passed, M.n_failed = M.n_passed + (ok and 1 or 0), M.n_failed + (ok and 0 or 1)
  io.stdout:write(('%s %s: %s\n'):format(ok and 'ok  ' or 'FAIL', group, name))
  if not ok then
    io.stdout:write('     ' .. tostring(problem):gsub('\n', '\n     ') .. '\n')
  end
end

function M.expect_equal(actual, expected)
  if not vim.deep_equal(actual, expected) then
    error(('expected %s, got %s'):format(vim.inspect(expected), vim.inspect(actual)), 0)
  end
end

function M.expect(condition, problem, ...)
  if not condition then
    error(problem:format(...), 0)
  end
end

------------------------------------------------------------------------------------------
-- The child

local Child = {}
Child.__index = Child

--- Configuration for `with_child`: findings take no room on the screen.
M.no_marks = 'vim.diagnostic.config({ signs = false, virtual_text = false })'

--- Runs `body` with a Neovim that has the plugin and nothing of the user's; it is gone afterwards
--- whatever happens. `options.env` replaces single environment variables, `options.lua` runs
--- before the plugin is loaded, as the user's configuration does.
function M.with_child(options, body)
  local channel = vim.fn.jobstart({
    vim.v.progpath, '--clean', '--embed', '--headless', '-n',
    '--cmd', 'set rtp^=' .. vim.fn.escape(M.plugin, ' \\,'),
    -- Keeps what would be shown to the user.
    '--cmd', 'lua Notices = {}; vim.notify = function(text) table.insert(Notices, text) end',
    '--cmd', 'lua ' .. (options.lua or 'do end'),
  }, { rpc = true, env = options.env or vim.empty_dict() })
  assert(channel > 0, 'cannot start ' .. vim.v.progpath)
  local child = setmetatable({ channel = channel }, Child)
  local ok, problem = pcall(function()
    vim.rpcrequest(channel, 'nvim_ui_attach', 110, 40, { rgb = true })
    body(child)
  end)
  vim.fn.jobstop(channel)
  if not ok then
    error(problem, 0)
  end
end

--- Runs Lua `code` in the child and returns its value; `...` in it are the further arguments.
function Child:lua(code, ...)
  return vim.rpcrequest(self.channel, 'nvim_exec_lua', code, { ... })
end

function Child:command(command)
  vim.rpcrequest(self.channel, 'nvim_command', command)
end

--- Types keys, as a user does.
function Child:keys(keys)
  vim.rpcrequest(self.channel, 'nvim_input', keys)
end

function Child:edit(path)
  self:lua('vim.cmd.edit(vim.fn.fnameescape(...))', path)
end

--- Waits until the Lua `condition` holds in the child.
function Child:wait_for(condition, ...)
  local arguments = { ... }
  local came = vim.wait(M.patience_ms, function()
    return self:lua('return (' .. condition .. ') and true or false', unpack(arguments))
  end, 20)
  if not came then
    local seen = table.concat(self:screen(), '\n')
    error(('waited %d s in vain for: %s\n%s'):format(M.patience_ms / 1000, condition, seen), 0)
  end
end

--- The first answer to an LSP request about the current buffer.
function Child:request(method, params)
  return self:lua(
    [[
    local method, params, patience = ...
    params.textDocument = { uri = vim.uri_from_bufnr(0) }
    local replies, problem = vim.lsp.buf_request_sync(0, method, params, patience)
    assert(replies, problem)
    local _, reply = next(replies)
    assert(reply, method .. ': no server answered')
    assert(not reply.err, vim.inspect(reply.err))
    return reply.result
    ]],
    method, params, M.patience_ms
  )
end

--- Waits until the server serves the current buffer.
function Child:attach()
  self:wait_for("#vim.lsp.get_clients({ bufnr = 0, name = 'patch_digest' }) == 1")
end

--- The lines of the screen as they are drawn, without blanks at their ends.
function Child:screen()
  return self:lua([[
    vim.cmd.redraw()
    local rows = {}
    for row = 1, vim.o.lines do
      local cells = {}
      for column = 1, vim.o.columns do
        cells[column] = vim.fn.screenstring(row, column)
      end
      rows[row] = table.concat(cells):gsub('%s+$', '')
    end
    return rows
  ]])
end

--- Waits until a line of the screen is `text`, or begins with it where `text` ends in `…`.
function Child:wait_for_screen(text)
  local start = text:match('^(.*)…$')
  local rows
  local came = vim.wait(M.patience_ms, function()
    rows = self:screen()
    for _, row in ipairs(rows) do
      if row == text or start and vim.startswith(row, start) then
        return true
      end
    end
  end, 50)
  if not came then
    error(('waited in vain for the line %q on the screen\n%s'):format(text, table.concat(rows, '\n')), 0)
  end
end

--- The cursor's line.
function Child:lnum()
  return self:lua('return vim.api.nvim_win_get_cursor(0)[1]')
end

function Child:go_to(lnum, column)
  self:lua('vim.api.nvim_win_set_cursor(0, { ... })', lnum, column or 0)
end

--- The number of the first line that reads `text`. The places the checks name are written down as
--- text: a number alone says nothing to a reader.
function Child:line_of(text)
  local lnum = self:lua('return vim.fn.index(vim.fn.getline(1, "$"), ...) + 1', text)
  M.expect(lnum > 0, 'there is no line %q', text)
  return lnum
end

------------------------------------------------------------------------------------------
-- Files

--- Writes `text` to a new file called `name` and returns its path.
function M.file(name, text)
  local path = M.scratch .. '/' .. name
  vim.fn.mkdir(vim.fn.fnamemodify(path, ':h'), 'p')
  local out = assert(io.open(path, 'wb'))
  out:write(text)
  out:close()
  return path
end

function M.read(path)
  local input = assert(io.open(path, 'rb'), 'cannot read ' .. path)
  local text = input:read('*a')
  input:close()
  return text
end

--- A copy of the sample digest, in a folder that looks like the top of a repository.
function M.sample_copy(folder)
  vim.fn.mkdir(M.scratch .. '/' .. folder .. '/.git', 'p')
  return M.file(folder .. '/' .. vim.fs.basename(M.sample), M.read(M.sample))
end

--- All real digests.
function M.corpus()
  return vim.fn.glob(M.root .. '/tests/corpus/*.txt', true, true)
end

-- Lines of the sample.
M.cover = '[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support'
M.patch_title = 'LoongArch: KVM: Add paravirt preempt feature in hypervisor side'
M.patch = '[PATCH v4 1/2] ' .. M.patch_title
M.shortlog_line = '  ' .. M.patch_title

return M
