--- Settings and keys of a buffer that holds a patch digest: folds, motions, outline, `gf`, colours.
---
--- Keys are mapped in this buffer alone, and not at all with `g:no_plugin_maps`,
--- `g:no_patchdigest_maps` or `b:no_patchdigest_maps`; the `<Plug>` mappings are always there.
--- Described in `:help patch-digest`. Tested by `tests/editors/nvim`.

-- Of a Neovim that is too old `plugin/patch_digest.lua` tells.
if vim.b.did_ftplugin or vim.fn.has('nvim-0.10') == 0 then
  return
end
vim.b.did_ftplugin = true

local folds = require('patch_digest.folds')
local buf = vim.api.nvim_get_current_buf()

--- Ex commands that take everything back.
local undo = {}

--- Sets an option for this buffer in this window, as `:setlocal` does.
local function set(name, value)
  vim.wo[0][0][name] = value
  table.insert(undo, ('setlocal %s<'):format(name))
end

-- Whether they are closed at first is the user's choice: 'foldlevelstart', 'foldlevel'.
-- In diff mode, folds are what is alike.
if not vim.wo.diff then
  set('foldmethod', 'expr')
end
set('foldexpr', folds.expr)
set('foldtext', folds.text)
if not vim.o.fillchars:find('fold:') then
  -- Without the dots behind what a closed entry shows.
  set('fillchars', vim.o.fillchars .. (vim.o.fillchars == '' and '' or ',') .. 'fold: ')
end

vim.bo.includeexpr = "v:lua.require'patch_digest.paths'.file(v:fname)"
table.insert(undo, 'setlocal includeexpr<')

local motions, paths = 'patch_digest.motions', 'patch_digest.paths'
local keys = {
  { ']]', 'next-entry', motions, 'next_entry', { 'n', 'x', 'o' }, 'Next entry' },
  { '[[', 'previous-entry', motions, 'previous_entry', { 'n', 'x', 'o' }, 'Previous entry' },
  { ']g', 'next-series', motions, 'next_series', { 'n', 'x', 'o' }, 'Next series' },
  { '[g', 'previous-series', motions, 'previous_series', { 'n', 'x', 'o' }, 'Previous series' },
  { 'gf', 'open-file', paths, 'edit', { 'n' }, 'Open the file under the cursor' },
  { '<C-w>f', 'split-file', paths, 'split', { 'n' }, 'Open it in another window' },
  { '<C-w><C-f>', 'split-file', paths, 'split', { 'n' }, 'Open it in another window' },
  { '<C-w>gf', 'tab-file', paths, 'open_tab', { 'n' }, 'Open it in another tab' },
  { 'gO', 'outline', 'patch_digest.outline', 'toggle', { 'n' }, 'Outline: series, then patches' },
}
for _, key in ipairs({ { ']w', 'next-wanted', 'next_wanted', 'Next' }, { '[w', 'previous-wanted', 'previous_wanted', 'Previous' } }) do
  local lhs, name, action, which = unpack(key)
  table.insert(keys, { lhs, name, 'patch_digest.queue', action, { 'n' }, which .. ' series that concerns you' })
end
if require('patch_digest.links').is_needed then
  table.insert(keys, { 'gx', 'open-link', 'patch_digest.links', 'open', { 'n' }, 'Open the link under the cursor' })
end
-- Pages come without keys.
for _, page in ipairs({ { 'history', 'History of the series' }, { 'since', 'What changed since the version before' }, { 'news', 'What is new in this digest' } }) do
  table.insert(keys, { false, page[1], 'patch_digest.pages', page[1], { 'n' }, page[2] })
end
local with_maps = not (vim.g.no_plugin_maps or vim.g.no_patchdigest_maps or vim.b.no_patchdigest_maps)

--- A bar after the key would be taken for a part of it.
local function unmap(mode, lhs)
  table.insert(undo, ("silent! execute '%sunmap <buffer> %s'"):format(mode, lhs))
end

for _, key in ipairs(keys) do
  local lhs, name, module, action, modes, description = unpack(key)
  local plug = ('<Plug>(patch-digest-%s)'):format(name)
  for _, mode in ipairs(modes) do
    vim.keymap.set(mode, plug, function()
      require(module)[action]()
    end, { buffer = true, desc = description })
    unmap(mode, plug)
    if with_maps and lhs then
      vim.keymap.set(mode, lhs, plug, { buffer = true, remap = true, desc = description })
      unmap(mode, lhs)
    end
  end
end

if require('patch_digest.parser').start(buf) then
  table.insert(undo, 'call v:lua.vim.treesitter.stop()')
end

require('patch_digest.known').follow(buf)
table.insert(undo, ("call v:lua.require'patch_digest.known'.forget(%d)"):format(buf))

vim.api.nvim_create_autocmd('BufUnload', {
  group = vim.api.nvim_create_augroup('patch_digest_' .. buf, {}),
  buffer = buf,
  callback = function()
    for _, module in ipairs({ 'entries', 'folds', 'known' }) do
      require('patch_digest.' .. module).forget(buf)
    end
  end,
})
table.insert(undo, ('silent! autocmd! patch_digest_%d'):format(buf))

local before = vim.b.undo_ftplugin
vim.b.undo_ftplugin = (before and before .. ' | ' or '') .. table.concat(undo, ' | ')
