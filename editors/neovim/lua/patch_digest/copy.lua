--- What the server's code actions ask the editor to do: put a text on the clipboard. Nothing is run.
---
--- Tested by `tests/editors/nvim`.

local M = {}

--- Puts `text` into the clipboard, or into the unnamed register where there is none.
function M.copy(text, what)
  if type(text) ~= 'string' then
    return
  end
  vim.fn.setreg('"', text)
  if vim.fn.has('clipboard') == 1 then
    vim.fn.setreg('+', text)
  end
  vim.notify('Copied ' .. (type(what) == 'string' and what or 'the text'))
end

--- The commands for the server's configuration, by name.
M.commands = {
  ['patchDigest.copy'] = function(command)
    M.copy(unpack(command.arguments or {}))
  end,
}

return M
