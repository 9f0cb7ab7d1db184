--- What the server knows better than the lines say: titles that were cut off, names in the wrong
--- charset, whether a series touches the user space interface. Closed folds show it.
---
--- Taken from the outline, asked for when a digest is opened and some time after changes. What is
--- not known yet, or no more, is taken from the lines. Tested by `tests/editors/nvim`.

local server = require('patch_digest.server')

local M = {}

local method = 'textDocument/documentSymbol'

--- A pause in typing after which to ask again.
local PAUSE_MS = 500

--- By buffer: `entries` by the line of their subjects, as `{ title, badges }`, and `names` by
--- address.
local facts = {}

--- What is known of an entry: `title`, `name` and `badges`, each or none of them.
--- @param entry patch_digest.Entry
function M.of_entry(buf, entry)
  local of_buffer = facts[buf]
  if not of_buffer then
    return {}
  end
  local found = of_buffer.entries[entry.subject or entry.lnum] or {}
  -- The text may have changed since: a title that does not begin like the line is another's.
  local start = entry.title:gsub('%s', ''):sub(1, 20)
  local same = found.title and found.title:gsub('%s', ''):sub(1, #start) == start
  return {
    title = same and found.title or nil,
    badges = same and found.badges or nil,
    name = of_buffer.names[entry.email:lower()],
  }
end

--- The name that belongs to an address.
function M.name(buf, address)
  return facts[buf] and address and facts[buf].names[address:lower()]
end

--- `Bibo Mao · 8 files +85 −3 · UAPI` without the sums: name and badges.
local function parse_detail(detail)
  local parts = vim.split(detail or '', ' · ', { plain = true })
  local name = table.remove(parts, 1)
  local badges = vim.tbl_filter(function(part)
    return not part:find('^%d+ files?%f[%s]') and not part:find('^%d+ files?$')
  end, parts)
  return name, table.concat(badges, ' · ')
end

local function learn(buf, symbols)
  local found = { entries = {}, names = {} }
  local function line_at(lnum)
    return vim.api.nvim_buf_get_lines(buf, lnum - 1, lnum, false)[1] or ''
  end
  local function visit(symbol, is_patch)
    local subject = symbol.selectionRange.start.line + 1
    -- `[v4 0/2] title`, or `01/17 title` below it.
    local title = symbol.name:match(is_patch and '^[%d-]+/%d+ (.*)$' or '^%[.-%] (.*)$') or symbol.name
    local fact = { title = title }
    local name, badges = parse_detail(symbol.detail)
    if not is_patch then
      fact.badges = badges
      local address = line_at(subject + 1):match('^Author:.-<([^<>]*)>')
      if address and name ~= '' then
        found.names[address:lower()] = name
      end
    end
    found.entries[subject] = fact
    for _, child in ipairs(symbol.children or {}) do
      visit(child, true)
    end
  end
  for _, root in ipairs(symbols) do
    for _, child in ipairs(root.children or {}) do
      visit(child, child.kind == vim.lsp.protocol.SymbolKind.Method)
    end
  end
  facts[buf] = found
end

--- Draws the closed folds of a buffer again.
local function redraw(buf)
  for _, window in ipairs(vim.fn.win_findbuf(buf)) do
    -- Setting it to what it is redraws the window and leaves its folds as they are.
    vim.wo[window][0].foldtext = vim.wo[window][0].foldtext
  end
end

local function ask(buf)
  local client = vim.api.nvim_buf_is_loaded(buf) and server.serving(buf, method)
  if not client then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local params = { textDocument = vim.lsp.util.make_text_document_params(buf) }
  server.request(client, method, params, buf, function(err, symbols)
    local is_current = vim.api.nvim_buf_is_loaded(buf) and vim.api.nvim_buf_get_changedtick(buf) == tick
    if err or not symbols or not is_current or not facts[buf] then
      return
    end
    learn(buf, symbols)
    redraw(buf)
  end)
end

--- By buffer: the pause that has not passed yet.
local pauses = {}

--- Asks for the outline of a buffer once nothing has changed for a while.
local function ask_later(buf)
  if pauses[buf] then
    pauses[buf]:stop()
  end
  pauses[buf] = vim.defer_fn(function()
    pauses[buf] = nil
    ask(buf)
  end, PAUSE_MS)
end

--- Keeps what is known of a buffer up to date from now on.
function M.follow(buf)
  facts[buf] = facts[buf] or { entries = {}, names = {} }
  ask(buf)
end

--- Forgets a buffer.
function M.forget(buf)
  facts[buf] = nil
end

vim.api.nvim_create_autocmd('LspNotify', {
  group = vim.api.nvim_create_augroup('patch_digest_known', {}),
  callback = function(event)
    local sent, params = event.data.method, event.data.params
    if sent ~= 'textDocument/didOpen' and sent ~= 'textDocument/didChange' then
      return
    end
    -- Not `event.buf`: Neovim 0.10 names the buffer that happens to be shown. Nor by
    -- `vim.uri_to_bufnr`: in place of a buffer without a name it makes one called `/`.
    for buf in pairs(facts) do
      if vim.uri_from_bufnr(buf) == params.textDocument.uri then
        (sent == 'textDocument/didOpen' and ask or ask_later)(buf)
      end
    end
  end,
})

return M
