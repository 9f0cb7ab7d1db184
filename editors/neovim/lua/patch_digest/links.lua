--- `gx`: opens what the text under the cursor leads to, as the server tells: addresses that were broken over
--- two lines, footnotes, commits, the mail of an entry. Neovim 0.12 and later ask servers by themselves.
---
--- Tested by `tests/editors/nvim`.

local server = require('patch_digest.server')

local M = {}

--- Whether `gx` has to be ours.
M.is_needed = vim.fn.has('nvim-0.12') == 0

local function open(target)
  local _, problem = vim.ui.open(target)
  if problem then
    vim.notify('patch-digest: ' .. problem, vim.log.levels.ERROR)
  end
end

--- The text under the cursor itself, as `gx` does elsewhere.
local function open_word()
  local word = vim.fn.expand('<cfile>')
  if word ~= '' then
    open(word)
  end
end

local function holds(range, position)
  local after_start = position.line > range.start.line
    or position.line == range.start.line and position.character >= range.start.character
  local before_end = position.line < range['end'].line
    or position.line == range['end'].line and position.character < range['end'].character
  return after_start and before_end
end

--- Opens what is under the cursor.
function M.open()
  local buf = vim.api.nvim_get_current_buf()
  local client = server.serving(buf, 'textDocument/documentLink')
  if not client then
    return open_word()
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  local params = { textDocument = vim.lsp.util.make_text_document_params(buf) }
  server.request(client, 'textDocument/documentLink', params, buf, function(_, links)
    for _, link in ipairs(type(links) == 'table' and links or {}) do
      if link.target and holds(link.range, position) then
        return open(link.target)
      end
    end
    open_word()
  end)
end

return M
