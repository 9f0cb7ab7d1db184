--- Which files are digests, and what that does to a buffer.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('file type', function()
  local header = 'From 1234567 to 89abcde\n'
  local body = 'KVM mailing list update from 1234567 to 89abcde\n'
  local digest = header .. body
  local hash = ('0123456789'):rep(4)
  local cases = {
    -- name of the file, its text, the file type it must get
    { 'week.txt', digest, 'patchdigest' },
    { 'week.md', digest, 'patchdigest' },
    { 'week', digest, 'patchdigest' },
    { 'a folder, with a comma/week.txt', digest, 'patchdigest' },
    { 'crlf.txt', (digest:gsub('\n', '\r\n')), 'patchdigest' },
    { 'mixed.txt', 'From 1234567 to 89abcde\r\n' .. body, 'patchdigest' },
    { 'bom.txt', '\239\187\191' .. digest, 'patchdigest' },
    { 'long.txt', ('From %s to %s\n'):format(hash, hash), 'patchdigest' },
    { 'one-line.txt', 'From 1234567 to 89abcde', 'patchdigest' },
    { 'empty.digest', '', 'patchdigest' },
    { 'empty.pdigest', '', 'patchdigest' },
    { 'empty.txt', '', 'text' },
    { 'notes.txt', 'Minutes of Monday\n' .. digest, 'text' },
    { 'prose.txt', 'From bed to bad\n', 'text' },
    { 'story.txt', 'From 1234567 to 89abcde and back\n', 'text' },
    { 'mbox.txt', 'From abc@example.org Mon Nov 17 10:00:00 2025\nSubject: x\n', 'text' },
    { 'inbox', 'From abc@example.org Mon Nov 17 10:00:00 2025\nSubject: x\n', '' },
    { '0001-fix.patch', ('From %s Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\n'):format(hash), 'gitsendemail' },
  }
  t.with_child({}, function(child)
    for _, case in ipairs(cases) do
      local name, text, expected = unpack(case)
      it(('%s is %s'):format(name, expected == '' and 'nothing' or expected), function()
        child:edit(t.file('types/' .. name, text))
        expect_equal(child:lua('return vim.bo.filetype'), expected)
      end)
    end

    it('is not asked of a name without a buffer', function()
      local found = child:lua("return vim.filetype.match({ filename = 'a.txt' }) or 'nothing'")
      expect(found ~= 'patchdigest', 'a name alone makes it a digest')
    end)
  end)
end)

describe('settings', function()
  -- Everything that an ftplugin may leave behind.
  local state = [[
    local found = { maps = {}, options = {} }
    for _, mode in ipairs({ 'n', 'x', 'o' }) do
      for _, map in ipairs(vim.api.nvim_buf_get_keymap(0, mode)) do
        table.insert(found.maps, mode .. map.lhs)
      end
    end
    for name, info in pairs(vim.api.nvim_get_all_options_info()) do
      if info.scope ~= 'global' and name ~= 'filetype' and name ~= 'syntax' then
        found.options[name] = vim.api.nvim_get_option_value(name, {})
      end
    end
    table.sort(found.maps)
    return found
  ]]

  t.with_child({}, function(child)
    local path = t.file('settings/notes.txt', 'Minutes\n')
    local digest = t.sample_copy('settings')

    it('are taken back when the file type changes', function()
      child:edit(path)
      child:command('set filetype=none')
      local before = child:lua(state)
      child:command('set filetype=patchdigest')
      expect_equal(child:lua('return vim.wo.foldmethod'), 'expr')
      child:attach()
      child:command('set filetype=none')
      -- What the client of the language server sets is its own affair.
      child:lua('for _, client in ipairs(vim.lsp.get_clients()) do vim.lsp.buf_detach_client(0, client.id) end')
      child:wait_for('#vim.lsp.get_clients({ bufnr = 0 }) == 0')
      local after = child:lua(state)
      for name in pairs(before.options) do
        if vim.tbl_contains({ 'omnifunc', 'tagfunc', 'formatexpr' }, name) then
          after.options[name] = before.options[name]
        end
      end
      expect_equal(after.options, before.options)
      after.maps = vim.tbl_filter(function(map)
        return map ~= 'nK'
      end, after.maps)
      expect_equal(after.maps, before.maps)
    end)

    it('do not leak into the next buffer of the window', function()
      child:edit(digest)
      child:command('enew')
      expect_equal(child:lua('return vim.wo.foldmethod'), 'manual')
      expect_equal(child:lua("return vim.fn.maparg(']]', 'n')"), '')
    end)

    it('map no key for all buffers', function()
      local maps = child:lua([[
        local found = {}
        for _, mode in ipairs({ 'n', 'x', 'o', 'i' }) do
          for _, map in ipairs(vim.api.nvim_get_keymap(mode)) do
            if (map.rhs or map.desc or ''):lower():find('digest') then
              table.insert(found, map.lhs)
            end
          end
        end
        return found
      ]])
      expect_equal(maps, {})
    end)
  end)

  for _, name in ipairs({ 'vim.g.no_plugin_maps', 'vim.g.no_patchdigest_maps' }) do
    it(('%s keeps the keys free'):format(name), function()
      t.with_child({ lua = name .. ' = true' }, function(child)
        child:edit(t.sample_copy('nomaps'))
        expect_equal(child:lua("return vim.fn.maparg(']g', 'n')"), '')
        local plug = child:lua("return vim.fn.maparg('<Plug>(patch-digest-next-series)', 'n', false, true).buffer")
        expect_equal(plug, 1)
      end)
    end)
  end
end)
