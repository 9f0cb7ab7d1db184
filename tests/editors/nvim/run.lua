--- Tests of the Neovim plugin with the real language server, in a real Neovim.
---
--- Run by `cargo xtask test`, in the oldest and the newest Neovim that is looked after, or by hand:
---
---     PATH=target/release:$PATH nvim --clean -l tests/editors/nvim/run.lua [GROUP...]
---
--- Every group of checks drives its own child Neovim over RPC, which has nothing but the
--- plugin and a temporary folder. One line per check; exit code 1 when one failed.

local folder = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h')
package.path = folder .. '/?.lua;' .. package.path

local harness = require('harness')

local groups = { 'file_type', 'language_server', 'folding', 'moving', 'outlining', 'versions', 'colours', 'help', 'links', 'queue' }
for _, name in ipairs(#arg > 0 and arg or groups) do
  require(name)
end

vim.fn.delete(harness.scratch, 'rf')
local version = vim.version()
io.stdout:write(
  ('Neovim %d.%d.%d: %d checks, %d of them failed\n'):format(
    version.major, version.minor, version.patch, harness.n_passed + harness.n_failed, harness.n_failed
  )
)
if harness.n_failed > 0 then
  vim.cmd.cquit({ count = 1 })
end
