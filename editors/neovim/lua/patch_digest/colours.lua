--- The server's words for what it colours (semantic tokens), and how they look.
---
--- The syntax file and the parser colour most of it already; here is what they cannot know, and what looks the
--- same wherever it stands. The groups are defaults: what you define counts.
--- Tested by `tests/editors/nvim`.

local M = {}

M.types = {
  'tag', 'version', 'number', 'title', 'person', 'address', 'trailer', 'path', 'hash', 'footnote', 'inserted',
  'deleted', 'damage',
}
M.modifiers = { 'definition', 'superseded' }

local groups = {
  ['@lsp.mod.superseded.patchdigest'] = 'Comment',
  ['@lsp.type.damage.patchdigest'] = 'Special',
  ['@lsp.type.footnote.patchdigest'] = 'Label',
  ['@lsp.type.hash.patchdigest'] = 'Constant',
  ['@lsp.type.number.patchdigest'] = 'Number',
  ['@lsp.type.tag.patchdigest'] = 'Label',
  ['@lsp.type.version.patchdigest'] = 'Constant',
}

function M.define()
  for group, link in pairs(groups) do
    vim.api.nvim_set_hl(0, group, { default = true, link = link })
  end
  -- Neovim has looks of its own for words that other languages use, too.
  for _, name in ipairs(M.types) do
    local group = ('@lsp.type.%s.patchdigest'):format(name)
    if not groups[group] then
      vim.api.nvim_set_hl(0, group, { default = true })
    end
  end
end

return M
