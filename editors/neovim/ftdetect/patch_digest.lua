--- File type: a patch digest is known by its first line, whatever the file is called.
---
--- `From fff46e5c7 to a4f0e95a9` makes a file a digest. Digests are `.txt` files as a
--- rule, so this must win over the built-in rule for that extension. A mailbox
--- (`From jane@example.org Mon ...`) and a patch of git (`From <hash> Mon Sep 17 ...`) start
--- alike and are left alone.
--- Tested by `tests/editors/nvim/run.lua`.

--- Whether `line` can open a digest. Shorter words than seven digits are no abbreviated
--- hashes: "From bed to bad" is prose.
local function opens_digest(line)
  line = line:gsub('^\239\187\191', '') -- a byte order mark that Neovim left in place
  local from, to = line:match('^From (%x+) to (%x+)%s*$')
  return from ~= nil and #from >= 7 and #to >= 7
end

local function by_first_line(_, buf)
  -- Asked about a name without a buffer, Neovim passes -1.
  if not vim.api.nvim_buf_is_valid(buf) then
    return nil
  end
  local line = vim.api.nvim_buf_get_lines(buf, 0, 1, false)[1] or ''
  return opens_digest(line) and 'patchdigest' or nil
end

vim.filetype.add({
  extension = {
    digest = 'patchdigest',
    pdigest = 'patchdigest',
  },
  pattern = {
    -- Patterns are asked before extensions. A user's own rule for a file name still comes
    -- first, and so does a pattern with a higher priority.
    ['.*'] = { by_first_line, { priority = 10 } },
  },
})
