--- Tests of the Neovim plugin with the real language server, in a real Neovim.
---
--- Run by `cargo xtask test`, in the oldest and the newest Neovim that is looked after, or by hand:
---
---     PATH=target/release:$PATH nvim --clean -l tests/editors/nvim/run.lua
---
--- Every group of checks drives its own child Neovim over RPC, which has nothing but the
--- plugin and a temporary folder. One line per check; exit code 1 when one failed.

local here = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p')
local root = vim.fn.fnamemodify(here, ':h:h:h:h')
local plugin = root .. '/editors/neovim'
local sample = root .. '/tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt'
local scratch = vim.fn.tempname()

-- A busy machine starts a server in a second; only a failing check ever waits this long.
local patience_ms = 5000

------------------------------------------------------------------------------------------
-- describe, it, expect

local n_passed, n_failed = 0, 0
local group = ''

local function describe(name, body)
  group = name
  local ok, problem = pcall(body)
  if not ok then
    n_failed = n_failed + 1
    io.stdout:write(('FAIL %s: %s\n'):format(name, problem))
  end
end

local function it(name, body)
  local ok, problem = pcall(body)
  n_passed, n_failed = n_passed + (ok and 1 or 0), n_failed + (ok and 0 or 1)
  io.stdout:write(('%s %s: %s\n'):format(ok and 'ok  ' or 'FAIL', group, name))
  if not ok then
    io.stdout:write('     ' .. tostring(problem):gsub('\n', '\n     ') .. '\n')
  end
end

local function expect_equal(actual, expected)
  if not vim.deep_equal(actual, expected) then
    error(('expected %s, got %s'):format(vim.inspect(expected), vim.inspect(actual)), 0)
  end
end

local function expect(condition, problem, ...)
  if not condition then
    error(problem:format(...), 0)
  end
end

------------------------------------------------------------------------------------------
-- The child

local Child = {}
Child.__index = Child

--- Starts a Neovim with the plugin. `env` replaces single environment variables, nil none.
local function start(env)
  local channel = vim.fn.jobstart({
    vim.v.progpath, '--clean', '--embed', '--headless', '-n',
    '--cmd', 'set rtp^=' .. vim.fn.escape(plugin, ' \\,'),
    -- Keeps what would be shown to the user.
    '--cmd', 'lua Notices = {}; vim.notify = function(text) table.insert(Notices, text) end',
  }, { rpc = true, env = env or vim.empty_dict() })
  assert(channel > 0, 'cannot start ' .. vim.v.progpath)
  return setmetatable({ channel = channel }, Child)
end

--- Runs `body` with a child, which is gone afterwards whatever happens.
local function with_child(env, body)
  local child = start(env)
  local ok, problem = pcall(body, child)
  vim.fn.jobstop(child.channel)
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

function Child:edit(path)
  self:lua('vim.cmd.edit(vim.fn.fnameescape(...))', path)
end

--- Waits until the Lua `condition` holds in the child.
function Child:wait_for(condition, ...)
  local arguments = { ... }
  local came = vim.wait(patience_ms, function()
    return self:lua('return (' .. condition .. ') and true or false', unpack(arguments))
  end, 20)
  if not came then
    error(('waited %d s in vain for: %s'):format(patience_ms / 1000, condition), 0)
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
    method, params, patience_ms
  )
end

function Child:attach()
  self:wait_for("#vim.lsp.get_clients({ bufnr = 0, name = 'patch_digest' }) == 1")
end

------------------------------------------------------------------------------------------
-- Helpers

--- Writes `text` to a new file called `name` and returns its path.
local function file(name, text)
  local path = scratch .. '/' .. name
  vim.fn.mkdir(vim.fn.fnamemodify(path, ':h'), 'p')
  local out = assert(io.open(path, 'wb'))
  out:write(text)
  out:close()
  return path
end

--- The sample digest, in a folder that looks like the top of a repository.
local function sample_copy(name)
  vim.fn.mkdir(scratch .. '/' .. name .. '/.git', 'p')
  local input = assert(io.open(sample, 'rb'), 'cannot read ' .. sample)
  local text = input:read('*a')
  input:close()
  return file(name .. '/' .. vim.fs.basename(sample), text)
end

--- The number of the first line of the sample that reads `text`. The places the checks name
--- are written down as text: a number alone says nothing to a reader.
local function line_of(child, text)
  local lnum = child:lua('return vim.fn.index(vim.fn.getline(1, "$"), ...) + 1', text)
  expect(lnum > 0, 'the sample has no line %q', text)
  return lnum
end

local function position(lnum, column)
  return { line = lnum - 1, character = column }
end

--- Lines (from 1) that an answer to textDocument/definition leads to.
local function target_lines(answer)
  if answer == nil or answer == vim.NIL then
    return {}
  end
  local targets = vim.islist(answer) and answer or { answer }
  return vim.tbl_map(function(target)
    return (target.targetSelectionRange or target.range).start.line + 1
  end, targets)
end

local cover = '[PATCH v4 0/2] LoongArch: KVM: Add paravirt preempt support'
local patch_title = 'LoongArch: KVM: Add paravirt preempt feature in hypervisor side'
local patch = '[PATCH v4 1/2] ' .. patch_title
local shortlog_line = '  ' .. patch_title

------------------------------------------------------------------------------------------

describe('file type', function()
  local header = 'From 1234567 to 89abcde\n'
  local body = 'KVM mailing list update from 1234567 to 89abcde\n'
  local digest = header .. body
  local hash = ('0123456789'):rep(4)
  local cases = {
    -- name of the file, its text, the file type it must get
    { 'week.txt', digest, 'patchdigest' },
    { 'week.md', digest, 'patchdigest' },
    { 'week', digest, 'patchdigest' },
    { 'a folder, with a comma/week.txt', digest, 'patchdigest' },
    { 'crlf.txt', (digest:gsub('\n', '\r\n')), 'patchdigest' },
    { 'mixed.txt', 'From 1234567 to 89abcde\r\n' .. body, 'patchdigest' },
    { 'bom.txt', '\239\187\191' .. digest, 'patchdigest' },
    { 'long.txt', ('From %s to %s\n'):format(hash, hash), 'patchdigest' },
    { 'one-line.txt', 'From 1234567 to 89abcde', 'patchdigest' },
    { 'empty.digest', '', 'patchdigest' },
    { 'empty.pdigest', '', 'patchdigest' },
    { 'empty.txt', '', 'text' },
    { 'notes.txt', 'Minutes of Monday\n' .. digest, 'text' },
    { 'prose.txt', 'From bed to bad\n', 'text' },
    { 'story.txt', 'From 1234567 to 89abcde and back\n', 'text' },
    { 'mbox.txt', 'From abc@example.org Mon Nov 17 10:00:00 2025\nSubject: x\n', 'text' },
    { 'inbox', 'From abc@example.org Mon Nov 17 10:00:00 2025\nSubject: x\n', '' },
    { '0001-fix.patch', ('From %s Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\n'):format(hash), 'gitsendemail' },
  }
  with_child(nil, function(child)
    for _, case in ipairs(cases) do
      local name, text, expected = unpack(case)
      it(('%s is %s'):format(name, expected == '' and 'nothing' or expected), function()
        child:edit(file('types/' .. name, text))
        expect_equal(child:lua('return vim.bo.filetype'), expected)
      end)
    end

    it('is not asked of a name without a buffer', function()
      local found = child:lua("return vim.filetype.match({ filename = 'a.txt' }) or 'nothing'")
      expect(found ~= 'patchdigest', 'a name alone makes it a digest')
    end)

    it('setting it elsewhere takes the settings back', function()
      child:edit(scratch .. '/types/week.txt')
      expect_equal(child:lua('return vim.wo.foldmethod'), 'expr')
      child:command('setfiletype text | set filetype=text')
      expect_equal(child:lua('return vim.wo.foldmethod'), 'manual')
    end)
  end)
end)

describe('server', function()
  with_child(nil, function(child)
    local path = sample_copy('server')
    child:edit(path)
    child:attach()

    it('attaches to a digest, with the repository as root', function()
      local actual = child:lua('return vim.lsp.get_clients({ bufnr = 0 })[1].config.root_dir')
      expect_equal(vim.uv.fs_realpath(actual), vim.uv.fs_realpath(scratch .. '/server'))
    end)

    it('does not attach to other text', function()
      child:edit(file('server/notes.txt', 'Minutes of Monday\n'))
      expect_equal(child:lua('return #vim.lsp.get_clients({ bufnr = 0 })'), 0)
      child:edit(path)
    end)

    it('lists the entries', function()
      local names = {}
      local function collect(symbols)
        for _, symbol in ipairs(symbols or {}) do
          table.insert(names, symbol.name)
          collect(symbol.children)
        end
      end
      collect(child:request('textDocument/documentSymbol', {}))
      local found = vim.tbl_filter(function(name)
        return vim.startswith(name, '[v4 0/2] LoongArch')
      end, names)
      expect(#found == 1, 'no single "[v4 0/2] LoongArch..." among %s', vim.inspect(names))
    end)

    it('K on a subject shows its version', function()
      child:lua('vim.api.nvim_win_set_cursor(0, { ..., 20 })', line_of(child, cover))
      child:lua('vim.lsp.buf.hover()')
      child:lua([[
        function FloatText()
          for _, window in ipairs(vim.api.nvim_list_wins()) do
            if vim.api.nvim_win_get_config(window).relative ~= '' then
              local buf = vim.api.nvim_win_get_buf(window)
              return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n')
            end
          end
          return ''
        end
      ]])
      child:wait_for("FloatText() ~= ''")
      local text = child:lua('return FloatText()')
      expect(text:find('v4', 1, true), 'no "v4" in %q', text)
    end)

    it('a shortlog line leads to its patch', function()
      child:lua('vim.api.nvim_win_set_cursor(0, { ..., 4 })', line_of(child, shortlog_line))
      child:lua('vim.lsp.buf.definition()')
      local lnum = line_of(child, patch)
      -- The entry starts one line above its subject.
      child:wait_for('vim.tbl_contains({ ..., ... - 1 }, vim.fn.line("."))', lnum)
    end)

    it("a patch's title leads back to its shortlog line", function()
      local params = { position = position(line_of(child, patch), 20) }
      local lines = target_lines(child:request('textDocument/definition', params))
      local expected = line_of(child, shortlog_line)
      expect(vim.tbl_contains(lines, expected), 'line %d not in %s', expected, vim.inspect(lines))
    end)
  end)
end)

describe('diagnostics', function()
  with_child(nil, function(child)
    child:edit(sample_copy('diagnostics'))
    child:attach()
    local author = line_of(child, '[PATCH v3 0/4] KVM: selftests: arm64: Improve diagnostics from') + 1

    it('appear where an author line was damaged', function()
      child:command(author .. 's/Author:/Autor:/')
      child:wait_for('#vim.diagnostic.get(0) > 0')
      local lines = child:lua([[
        return vim.tbl_map(function(found) return found.lnum + 1 end, vim.diagnostic.get(0))
      ]])
      -- On the line itself, or on the start of its entry.
      local near = vim.tbl_filter(function(lnum)
        return lnum >= author - 2 and lnum <= author
      end, lines)
      expect(#near > 0, 'none at line %d, only at %s', author, vim.inspect(lines))
    end)

    -- After the check above, so that it cannot pass before the server had its say.
    it('go away with an undo, and the untouched sample has none', function()
      child:command('undo')
      child:wait_for('#vim.diagnostic.get(0) == 0')
      expect_equal(child:lua('return vim.bo.modified'), false)
    end)
  end)
end)

describe('folds', function()
  with_child(nil, function(child)
    child:edit(sample_copy('folds'))
    child:attach()
    local subject = line_of(child, cover)

    it('the server offers ranges', function()
      local ranges = child:request('textDocument/foldingRange', {})
      expect(#ranges > 0, 'no folding range')
    end)

    it('are there, and open at first', function()
      child:wait_for('vim.fn.foldlevel(...) > 0', subject + 5)
      expect_equal(child:lua('return vim.fn.foldclosed(...)', subject + 5), -1)
    end)

    it('close on an entry and leave the next one alone', function()
      child:lua('vim.api.nvim_win_set_cursor(0, { ..., 0 })', subject)
      child:command('normal! zM')
      local first = child:lua('return vim.fn.foldclosed(...)', subject + 5)
      -- New:, subject and author stay in sight.
      expect_equal(first, subject + 1)
      local last = child:lua('return vim.fn.foldclosedend(...)', subject + 5)
      expect(last < line_of(child, patch), 'closed up to line %d', last)
    end)

    it('stay closed while the text above changes', function()
      child:lua('vim.api.nvim_buf_set_lines(0, 2, 2, false, { "", "New:  t", "[PATCH] t", "" })')
      -- The new entry's own fold tells that the answer about this text has come.
      child:wait_for('vim.fn.foldlevel(5) > 0')
      expect(child:lua('return vim.fn.foldclosed(...)', subject + 9) > 0, 'the fold was opened')
      child:command('undo')
    end)

    it('follow the text', function()
      child:command('normal! zR')
      child:lua('vim.api.nvim_buf_set_lines(0, 0, -1, false, { "Nothing", "to", "fold", "" })')
      child:wait_for('vim.fn.foldlevel(2) == 0')
      child:command('undo')
      child:wait_for('vim.fn.foldlevel(...) > 0', subject + 5)
    end)
  end)
end)

describe('missing server', function()
  vim.fn.mkdir(scratch .. '/nothing', 'p')
  with_child({ PATH = scratch .. '/nothing' }, function(child)
    it('is told once, with the way out', function()
      local path = sample_copy('missing')
      for _, name in ipairs({ path, file('missing/b.digest', ''), path }) do
        child:edit(name)
        -- Whatever was put off until later has now been done.
        child:lua('Done = false; vim.defer_fn(function() Done = true end, 10)')
        child:wait_for('Done')
      end
      local notices = child:lua('return Notices')
      expect(#notices == 1, 'expected one notice, got %s', vim.inspect(notices))
      expect(notices[1]:find('`patch-digest` was not found', 1, true), 'it says %q', notices[1])
      expect(notices[1]:find('PATH', 1, true), 'no way out in %q', notices[1])
    end)

    it('causes no error', function()
      expect_equal(child:lua('return vim.v.errmsg'), '')
      expect_equal(child:lua('return #vim.lsp.get_clients()'), 0)
    end)

    it('leaves the file type and the text as they are', function()
      expect_equal(child:lua('return { vim.bo.filetype, vim.bo.modified }'), { 'patchdigest', false })
    end)
  end)
end)

vim.fn.delete(scratch, 'rf')
local version = vim.version()
io.stdout:write(
  ('Neovim %d.%d.%d: %d checks, %d of them failed\n'):format(
    version.major, version.minor, version.patch, n_passed + n_failed, n_failed
  )
)
if n_failed > 0 then
  vim.cmd.cquit({ count = 1 })
end
