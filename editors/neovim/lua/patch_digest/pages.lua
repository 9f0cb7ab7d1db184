--- Pages about series, made by the server from all digests it knows: the history of a series, what
--- changed since a version, what is new in a digest. Read-only buffers with Markdown.
---
--- Tested by `tests/editors/nvim`.

local server = require('patch_digest.server')

local M = {}

local method = 'patchDigest/page'

local function complain(text)
  vim.notify('patch-digest: ' .. text, vim.log.levels.WARN)
end

--- Asks for the text of a page: the client that made it, then the others, for one that knows its
--- digest. `answer` gets the text, or nil where none does; it is not called where no client runs.
--- @return boolean asked whether one runs
local function ask(buf, answer)
  local clients = server.clients({})
  local maker = server.client_of(buf)
  if maker then
    clients = vim.list_extend({ maker }, vim.tbl_filter(function(client)
      return client.id ~= maker.id
    end, clients))
  end
  local function try(idx)
    if not vim.api.nvim_buf_is_loaded(buf) then
      return
    elseif not clients[idx] then
      return answer(nil)
    end
    local params = { uri = vim.api.nvim_buf_get_name(buf) }
    server.request(clients[idx], method, params, nil, function(err, page)
      if err or not page or page == vim.NIL then
        try(idx + 1)
      elseif vim.api.nvim_buf_is_loaded(buf) then
        vim.b[buf].patch_digest_client = clients[idx].id
        answer(page.text)
      end
    end)
  end
  if #clients > 0 then
    try(1)
  end
  return #clients > 0
end

local function fill(buf, text)
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n', { plain = true }))
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
end

local function map(buf, name, lhs, action, description)
  local plug = ('<Plug>(patch-digest-%s)'):format(name)
  vim.keymap.set('n', plug, action, { buffer = buf, desc = description })
  if not (vim.g.no_plugin_maps or vim.g.no_patchdigest_maps) then
    vim.keymap.set('n', lhs, plug, { buffer = buf, remap = true, desc = description })
  end
end

local function prepare(buf)
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].bufhidden = 'hide'
  vim.bo[buf].swapfile = false
  vim.bo[buf].filetype = 'markdown'
  map(buf, 'follow', '<CR>', M.follow, 'Go where the link leads')
  -- What it tells of may have changed meanwhile.
  vim.api.nvim_create_autocmd('BufEnter', {
    group = vim.api.nvim_create_augroup('patch_digest_page_' .. buf, {}),
    buffer = buf,
    callback = function()
      M.refresh(buf)
    end,
  })
end

--- Asks for a page that is shown again, where there is a server.
function M.refresh(buf)
  ask(buf, function(text)
    local lines = text and vim.split(text, '\n', { plain = true })
    if lines and not vim.deep_equal(lines, vim.api.nvim_buf_get_lines(buf, 0, -1, false)) then
      fill(buf, text)
    end
  end)
end

--- Fills a buffer that is named by the address of a page.
function M.read(buf)
  prepare(buf)
  local asked = ask(buf, function(text)
    fill(buf, text or 'There is nothing to show any more: the digest has changed.')
  end)
  if not asked then
    fill(buf, 'The server that makes this page does not run. Open a digest, then `:edit` this again.')
  end
end

--- Shows the page with an address, which the client numbered `maker` has told.
--- @param uri string
--- @param maker? integer
function M.open(uri, maker)
  local buf = vim.fn.bufadd(uri)
  vim.b[buf].patch_digest_client = maker
  vim.bo[buf].buflisted = true
  vim.cmd("normal! m'")
  vim.api.nvim_set_current_buf(buf)
  -- The texts of links, and not where they lead; for this buffer in this window alone.
  vim.wo[0][0].conceallevel = 2
  vim.wo[0][0].concealcursor = 'n'
  vim.wo[0][0].linebreak = true
end

--- Why there is none.
local no_page = {
  history = 'the cursor is in no series',
  since = 'the cursor is in no series that has another version in these digests',
  new = 'this is no digest',
}

--- Shows a page about what the cursor is on: `history`, `since` or `new`.
--- @param page string
--- @param version? string such as `v2`
function M.show(page, version)
  local buf = vim.api.nvim_get_current_buf()
  local client = server.client_of(buf)
  if not client then
    return complain('the language server does not run here, see `:checkhealth patch_digest`')
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.page = page
  params.version = version
  server.request(client, method, params, buf, function(err, answer)
    if err then
      complain(err.message)
    elseif not answer or answer == vim.NIL then
      complain((version and 'no such version, or ' or '') .. no_page[page])
    else
      M.open(answer.uri, client.id)
    end
  end)
end

function M.history()
  M.show('history')
end

function M.since()
  M.show('since')
end

function M.news()
  M.show('new')
end

--- The link under the cursor, or else the one after it, or the last of the line.
local function link_at_cursor()
  local line = vim.api.nvim_get_current_line()
  local column = vim.api.nvim_win_get_cursor(0)[2] + 1
  local target
  -- As the server writes them: `[text](<address>)`.
  for found, stop in line:gmatch('%]%(<([^<>]*)>%)()') do
    target = found
    if column < stop then
      break
    end
  end
  return target
end

--- Goes where the link leads: into a digest, or to another page.
function M.follow()
  local target = link_at_cursor()
  if not target then
    return
  end
  if vim.startswith(target, 'patch-digest:') then
    return M.open(target, vim.b.patch_digest_client)
  end
  local address, lnum = target:match('^(file:[^#]*)#L(%d+)')
  address = address or target:match('^(file:[^#]*)')
  if not address then
    -- Of the web: `gx` opens it, and only that.
    return
  end
  vim.cmd("normal! m'")
  local buf = vim.uri_to_bufnr(address)
  vim.bo[buf].buflisted = true
  vim.api.nvim_set_current_buf(buf)
  if lnum then
    local last = vim.api.nvim_buf_line_count(buf)
    vim.api.nvim_win_set_cursor(0, { math.min(tonumber(lnum), last), 0 })
    vim.cmd('normal! zv')
  end
end

--- What the server may ask of the editor.
M.commands = {
  ['patchDigest.showPage'] = function(command, context)
    M.open(command.arguments[1], context.client_id)
  end,
}

return M
