--- What `cargo xtask open` gives a bare Neovim besides our plugin: a key that many map themselves,
--- tags for the help, and one line that names the keys to try.

vim.keymap.set('n', 'gra', vim.lsp.buf.code_action, { desc = 'What can be copied' })
vim.keymap.set('n', 'gd', vim.lsp.buf.definition, { desc = 'Go to the definition' })

-- Off by default since 0.11; here the findings are what one came to see.
vim.diagnostic.config({ virtual_text = true })
vim.o.number = true

-- Plugin managers make the tags of `:help patch-digest`; the checkout is left as it is.
local page = vim.api.nvim_get_runtime_file('doc/patch-digest.txt', false)[1]
local folder = vim.fn.stdpath('cache') .. '/help'
if page and vim.fn.mkdir(folder .. '/doc', 'p') == 1 and vim.uv.fs_copyfile(page, folder .. '/doc/patch-digest.txt') then
  vim.opt.runtimepath:prepend(folder)
  vim.cmd.helptags(vim.fn.fnameescape(folder .. '/doc'))
end

vim.api.nvim_create_autocmd('LspAttach', {
  once = true,
  callback = function()
    local keys = { 'zo open', 'K hover', 'gd CTRL-] definition', 'gO outline', ']] entry', ']g series', ']d problem' }
    if vim.fn.argc() > 1 then
      table.insert(keys, ':n next file')
    end
    table.insert(keys, ':h patch-digest')
    -- Only as many as fit: a longer line would have to be confirmed with a key.
    while #table.concat(keys, ' | ') > math.max(vim.v.echospace, 10) do
      table.remove(keys)
    end
    local hint = table.concat(keys, ' | ')
    vim.schedule(function()
      vim.api.nvim_echo({ { hint, 'Title' } }, false, {})
    end)
  end,
})
