--- Folds by the language server for Neovim 0.10, which cannot do that on its own.
---
--- The ranges are asked for whenever the server has heard of a change; until the answer is
--- here, the folds stay as they were. Neovim 0.11 and later never load this file.
--- Tested by `tests/editors/nvim/run.lua`.

local M = {}

--- The value for 'foldexpr'.
M.expression = "v:lua.require'patch_digest.folds'.level(v:lnum)"

local method = 'textDocument/foldingRange'

--- By followed buffer: what 'foldexpr' answers for each line.
local levels = {}

--- The answer for line `lnum` of the current buffer: its depth, with `>` where a fold starts.
function M.level(lnum)
  local of_buffer = levels[vim.api.nvim_get_current_buf()] or {}
  return of_buffer[lnum] or '0'
end

--- Fold depths of `n_lines` lines, from the server's ranges (which count lines from 0).
local function levels_of(ranges, n_lines)
  local steps, starts = {}, {}
  for _, range in ipairs(ranges) do
    local first, last = range.startLine + 1, math.min(range.endLine + 1, n_lines)
    if first < last then
      steps[first] = (steps[first] or 0) + 1
      steps[last + 1] = (steps[last + 1] or 0) - 1
      starts[first] = true
    end
  end
  local result, depth = {}, 0
  for lnum = 1, n_lines do
    depth = depth + (steps[lnum] or 0)
    -- Without the mark, two folds that touch would be drawn as one.
    result[lnum] = (starts[lnum] and '>' or '') .. depth
  end
  return result
end

--- Makes every window on `buf` ask for its folds again. Which are closed is kept.
local function redraw(buf)
  for _, window in ipairs(vim.fn.win_findbuf(buf)) do
    local options = vim.wo[window][0]
    if options.foldexpr == M.expression then
      options.foldexpr = M.expression
    end
  end
end

local function ask(client, buf)
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local params = { textDocument = { uri = vim.uri_from_bufnr(buf) } }
  client.request(method, params, function(err, ranges)
    if err or not ranges or not levels[buf] or not vim.api.nvim_buf_is_loaded(buf) then
      return
    end
    -- An answer about older text: the one about this text is on its way.
    if vim.api.nvim_buf_get_changedtick(buf) ~= tick then
      return
    end
    levels[buf] = levels_of(ranges, vim.api.nvim_buf_line_count(buf))
    redraw(buf)
  end, buf)
end

--- Keeps the folds of `buf` up to date from now on.
function M.follow(buf)
  levels[buf] = levels[buf] or {}
  -- The file type was set again on a buffer that is served already: nothing will be sent.
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = buf, method = method })) do
    ask(client, buf)
  end
end

local group = vim.api.nvim_create_augroup('patch_digest_folds', {})

vim.api.nvim_create_autocmd('LspNotify', {
  group = group,
  callback = function(event)
    local sent, params = event.data.method, event.data.params
    if sent ~= 'textDocument/didOpen' and sent ~= 'textDocument/didChange' then
      return
    end
    -- Not `event.buf`: Neovim 0.10 names the buffer that happens to be shown.
    local buf = vim.uri_to_bufnr(params.textDocument.uri)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if levels[buf] and client and client.supports_method(method, { bufnr = buf }) then
      ask(client, buf)
    end
  end,
})

vim.api.nvim_create_autocmd('BufWipeout', {
  group = group,
  callback = function(event)
    levels[event.buf] = nil
  end,
})

return M
