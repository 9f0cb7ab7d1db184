--- The outline of a digest in the location list: the series, and on a second press of the key
--- the patches in them too. `<CR>` jumps, as in every location list.
---
--- From the server where it runs, else by the lines. Tested by `tests/editors/nvim`.

local entries = require('patch_digest.entries')
local server = require('patch_digest.server')

local M = {}

local method = 'textDocument/documentSymbol'
local namespace = vim.api.nvim_create_namespace('patch_digest_outline')

--- The one tag of symbols there is; Neovim 0.10 has no name for it.
local DEPRECATED = 1

--- A row of the outline.
--- @class patch_digest.Row
--- @field lnum integer where choosing it leads
--- @field first integer the first line that belongs to it
--- @field last integer the last
--- @field name string
--- @field detail string
--- @field depth integer 0 for a series, 1 for what is in it
--- @field is_old boolean? a newer version is in the digest

--- Rows and title from the server's symbols.
local function from_symbols(symbols)
  local rows, title = {}, nil
  local function visit(symbol, depth)
    if depth >= 0 then
      table.insert(rows, {
        lnum = symbol.selectionRange.start.line + 1,
        first = symbol.range.start.line + 1,
        -- The range ends at the start of the line behind.
        last = symbol.range['end'].line,
        name = symbol.name,
        detail = symbol.detail or '',
        depth = depth,
        is_old = vim.tbl_contains(symbol.tags or {}, DEPRECATED),
      })
    else
      title = vim.trim(('%s  %s'):format(symbol.name, symbol.detail or ''))
    end
    for _, child in ipairs(symbol.children or {}) do
      visit(child, depth + 1)
    end
  end
  for _, root in ipairs(symbols) do
    visit(root, -1)
  end
  return rows, title
end

--- Rows from the lines of a digest, for when no server runs.
local function from_lines(buf)
  local all, rows = entries.all(buf), {}
  local function add(entry, depth)
    local tag = entries.short_tag(entry)
    if tag ~= '' then
      tag = depth == 0 and ('[%s] '):format(tag) or tag .. ' '
    end
    table.insert(rows, {
      lnum = entry.subject or entry.lnum,
      first = entry.lnum,
      last = entry.lnum,
      name = entries.harmless(tag .. entry.title),
      detail = entries.harmless(entry.name),
      depth = depth,
    })
  end
  for idx, entry in ipairs(all) do
    -- The lead stands for its series, also where patch 1 stands above it.
    local is_first = idx == 1 or all[idx - 1].lead ~= entry.lead
    if is_first then
      add(all[entry.lead], 0)
    end
    if entry.lead ~= idx then
      add(entry, 1)
    end
  end
  return rows, vim.fs.basename(vim.api.nvim_buf_get_name(buf))
end

--- How a row is written in the list.
local function written(row)
  local text = ('  '):rep(row.depth) .. row.name
  return row.detail ~= '' and ('%s  %s'):format(text, row.detail) or text
end

--- What an item of a location list says of the row it is; nil where it is of another list.
local function row_of(item)
  local data = item and item.user_data
  return type(data) == 'table' and data.patch_digest_row or nil
end

--- Whether the location list of a window is an outline. Other lists may take its place and keep all
--- else: `vim.diagnostic.setloclist` does.
local function has_outline(window)
  return row_of(vim.fn.getloclist(window, { idx = 1, items = 1 }).items[1]) ~= nil
end

--- For 'quickfixtextfunc': the rows as they are, without file names and numbers.
function M.text(info)
  local items = vim.fn.getloclist(info.winid, { id = info.id, items = 1 }).items
  local lines = {}
  for idx = info.start_idx, info.end_idx do
    -- Where it is empty, the item is written as everywhere.
    table.insert(lines, row_of(items[idx]) and items[idx].text or '')
  end
  return lines
end

--- Colours of the outline that buffer `buf` shows.
local function paint(buf, items)
  -- That of lists takes the text for file names.
  vim.bo[buf].syntax = ''
  local function mark(line, from, to, group)
    vim.api.nvim_buf_set_extmark(buf, namespace, line, from, { end_col = to, hl_group = group, strict = false })
  end
  for idx, item in ipairs(items) do
    local row, text = row_of(item), item.text
    -- Others may have added items of their own.
    if row then
      local indent = 2 * row.depth
      local tag = text:match('^%[.-%]', indent + 1) or text:match('^[%d-]+/%d+', indent + 1) or ''
      mark(idx - 1, indent, indent + #tag, 'PatchDigestFoldTag')
      if row.is_old then
        mark(idx - 1, indent + #tag, row.name_end, '@lsp.mod.deprecated')
      end
      if #text > row.name_end then
        mark(idx - 1, row.name_end, #text, 'PatchDigestFoldQuiet')
      end
    end
  end
end

--- How deep the outline in the location list of a window goes.
local function depth_shown(window)
  local depth = 0
  for _, item in ipairs(vim.fn.getloclist(window)) do
    local row = row_of(item)
    depth = math.max(depth, row and row.depth or 0)
  end
  return depth
end

--- Gives a location list, whenever it is written into its buffer, colours and key of the outline, and
--- takes them back where another list is shown instead.
local function dress(buf)
  local list = vim.fn.win_findbuf(buf)[1]
  if not list or vim.fn.win_gettype(list) ~= 'loclist' then
    return
  end
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  local wrap_before = vim.b[buf].patch_digest_wrap
  if has_outline(list) then
    if wrap_before == nil then
      vim.b[buf].patch_digest_wrap = vim.wo[list].wrap
    end
    vim.wo[list][0].wrap = false
    paint(buf, vim.fn.getloclist(list))
    vim.keymap.set('n', 'gO', function()
      local window = vim.fn.getloclist(0, { filewinid = 0 }).filewinid
      if window ~= 0 then
        M.open(window, 1 - depth_shown(window))
      end
    end, { buffer = buf, desc = 'Outline with the patches, or of the series only' })
  elseif wrap_before ~= nil then
    vim.b[buf].patch_digest_wrap = nil
    vim.wo[list][0].wrap = wrap_before
    vim.keymap.del('n', 'gO', { buffer = buf })
  end
end

vim.api.nvim_create_autocmd('BufReadPost', {
  group = vim.api.nvim_create_augroup('patch_digest_outline', {}),
  pattern = 'quickfix',
  callback = function(event)
    dress(event.buf)
  end,
})

--- Index of the row for the cursor: the shortest that holds its line, else the nearest above.
local function row_at(rows, lnum)
  local best, above = nil, 1
  for idx, row in ipairs(rows) do
    local is_inside = row.first <= lnum and lnum <= row.last
    if is_inside and (not best or row.last - row.first <= rows[best].last - rows[best].first) then
      best = idx
    elseif row.first <= lnum then
      above = idx
    end
  end
  return best or above
end

--- Shows the rows up to `depth` in the location list of `window`, which shows the digest `buf`.
local function show(window, buf, rows, title, depth)
  local shown = vim.tbl_filter(function(row)
    return row.depth <= depth
  end, rows)
  if #shown == 0 then
    vim.notify('patch-digest: there is no entry in this buffer', vim.log.levels.INFO)
    return
  end
  local here = vim.api.nvim_win_get_cursor(window)[1]
  vim.fn.setloclist(window, {}, has_outline(window) and 'r' or ' ', {
    items = vim.tbl_map(function(row)
      local data = { depth = row.depth, name_end = 2 * row.depth + #row.name, is_old = row.is_old }
      return { bufnr = buf, lnum = row.lnum, col = 1, text = written(row), user_data = { patch_digest_row = data } }
    end, shown),
    title = title,
    quickfixtextfunc = "v:lua.require'patch_digest.outline'.text",
    idx = row_at(shown, here),
  })
  vim.api.nvim_win_call(window, function()
    vim.cmd('lopen ' .. math.min(#shown, math.max(10, math.floor(vim.o.lines / 3))))
  end)
  vim.api.nvim_set_current_win(vim.fn.getloclist(window, { winid = 1 }).winid)
end

--- Opens the outline of the digest in `window` (the current one), down to `depth`: 0 for series,
--- 1 for their patches too.
function M.open(window, depth)
  window = window or vim.api.nvim_get_current_win()
  depth = depth or 0
  if not vim.api.nvim_win_is_valid(window) then
    return
  end
  local buf = vim.api.nvim_win_get_buf(window)
  local client = server.serving(buf, method)
  if not client then
    local rows, title = from_lines(buf)
    show(window, buf, rows, title, depth)
    return
  end
  local params = { textDocument = vim.lsp.util.make_text_document_params(buf) }
  server.request(client, method, params, buf, function(err, symbols)
    if not vim.api.nvim_win_is_valid(window) or vim.api.nvim_win_get_buf(window) ~= buf then
      return
    end
    local rows, title = from_symbols(symbols or {})
    if err or #rows == 0 then
      rows, title = from_lines(buf)
    end
    show(window, buf, rows, title, depth)
  end)
end

--- The outline, or more of it where it is open with the series only.
function M.toggle()
  local window = vim.api.nvim_get_current_win()
  local is_open = vim.fn.getloclist(window, { winid = 1 }).winid ~= 0
  local depth = is_open and has_outline(window) and 1 - depth_shown(window) or 0
  M.open(window, depth)
end

return M
