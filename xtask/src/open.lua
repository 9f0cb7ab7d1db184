--- What `cargo xtask open` gives a bare Neovim besides our plugin: a few keys that older
--- versions lack, and one line that names the keys to try.

local function map(key, action, description)
  vim.keymap.set('n', key, action, { desc = description })
end

map('gd', vim.lsp.buf.definition, 'Go to the definition')
map('gO', vim.lsp.buf.document_symbol, 'Outline of the digest')

-- Off by default since 0.11; here the findings are what one came to see.
vim.diagnostic.config({ virtual_text = true })
vim.o.number = true

vim.api.nvim_create_autocmd('LspAttach', {
  once = true,
  callback = function()
    local keys = { 'K hover', 'gd CTRL-] definition', 'gO outline', '[d ]d problems', 'za fold' }
    if vim.fn.argc() > 1 then
      table.insert(keys, ':n next file')
    end
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
