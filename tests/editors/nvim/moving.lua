--- Motions by entry and series, and `gf`.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('motions', function()
  t.with_child({}, function(child)
    child:edit(t.sample_copy('motions'))
    local entries, series = {}, {}
    for lnum, line in ipairs(child:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)')) do
      if vim.startswith(line, 'New:') then
        table.insert(entries, lnum)
      elseif line:find('^%[PATCH.* 0+/%d+%]') then
        table.insert(series, lnum - 1)
      end
    end
    expect_equal({ #entries, #series }, { 12, 6 })

    --- Types `keys`, and tells where that leads from line `lnum`.
    local function from(lnum, keys)
      child:go_to(lnum)
      child:keys(keys)
      -- Typed keys have been dealt with when the next call is answered in Normal mode.
      child:wait_for("vim.api.nvim_get_mode().mode == 'n' and not vim.api.nvim_get_mode().blocking")
      return child:lnum()
    end

    it(']] and [[ go by entries, over closed folds', function()
      expect_equal(from(1, ']]'), entries[1])
      expect_equal(from(entries[1], ']]'), entries[2])
      expect_equal(from(entries[3], '[['), entries[2])
      expect_equal(child:lua('return vim.fn.foldclosed(...)', entries[2]), entries[2])
    end)

    it('[[ goes to the start of the entry first', function()
      child:command('normal! zR')
      expect_equal(from(entries[3] + 5, '[['), entries[3])
    end)

    it('take a count, and stop at the ends', function()
      expect_equal(from(entries[1], '3]]'), entries[4])
      expect_equal(from(entries[4], '2[['), entries[2])
      expect_equal(from(entries[11], '9]]'), entries[12])
      expect_equal(from(entries[12], ']]'), entries[12])
      expect_equal(from(1, '[['), 1)
    end)

    it(']g and [g go by cover letters', function()
      expect_equal(from(1, ']g'), series[1])
      expect_equal(from(series[1], ']g'), series[2])
      expect_equal(from(series[1], '3]g'), series[4])
      expect_equal(from(series[4] + 3, '[g'), series[4])
      expect_equal(from(series[4], '[g'), series[3])
    end)

    it('leave a place to come back to', function()
      child:go_to(entries[5])
      child:keys(']]``')
      child:wait_for('vim.fn.line(".") == ...', entries[5])
    end)

    it('work with operators and in Visual mode', function()
      child:lua("vim.fn.setreg('a', '')")
      child:go_to(entries[1])
      child:keys('"ay]]')
      child:wait_for("vim.fn.getreg('a') ~= ''")
      local text = child:lua("return vim.fn.getreg('a', 1, true)")
      expect_equal(#text, entries[2] - entries[1])
      child:go_to(entries[1])
      child:keys('V2]]<Esc>')
      child:wait_for("vim.fn.line(\"'>\") == ...", entries[3])
    end)

    it('know of a changed text', function()
      child:lua('vim.api.nvim_buf_set_lines(0, 27, 27, false, { "New:  t", "[PATCH] t", "" })')
      expect_equal(from(1, ']]'), 28)
      expect_equal(from(28, ']]'), 31)
      child:command('silent undo')
    end)
  end)

  it('start entries and series where the server does', function()
    t.with_child({}, function(child)
      for _, path in ipairs(t.corpus()) do
        local output = vim.system({ 'patch-digest', 'outline', '--format', 'json', path }):wait()
        local outline = vim.json.decode(output.stdout)
        child:edit(path)
        child:attach()
        local found = child:lua([[
          local found = { entries = {}, leads = {} }
          local all = require('patch_digest.entries').all(0)
          for idx, entry in ipairs(all) do
            table.insert(found.entries, entry.lnum)
            if entry.lead == idx then
              table.insert(found.leads, entry.subject)
            end
          end
          return found
        ]])
        expect_equal(found.entries, vim.tbl_map(function(entry)
          return entry.line
        end, outline.entries))
        local leads = {}
        for _, symbol in ipairs(child:request('textDocument/documentSymbol', {})[1].children) do
          -- Not the mails without entry.
          if symbol.kind ~= vim.lsp.protocol.SymbolKind.Array then
            table.insert(leads, symbol.selectionRange.start.line + 1)
          end
        end
        table.sort(leads)
        expect_equal(found.leads, leads)
      end
    end)
  end)
end)

describe('gf', function()
  local tree = t.scratch .. '/tree'
  for _, name in ipairs({ 'a/b.c', 'c/new/d.c', 'x/y/lib/e.h', 'z/y/lib/e.h', 'q/r/s.c', '[x]/t.c', 'k/x86/u.c' }) do
    t.file('tree/' .. name, name)
  end
  -- Where paths lead without a tree: from the folder of the digest, and from the current folder.
  local elsewhere = vim.fn.fnamemodify(t.file('gf/deep/a/b.c', ''), ':h:h')
  for _, name in ipairs({ 'secret.c', 'gf/secret.c', 'gf/deep/here.c' }) do
    t.file(name, '')
  end
  local has_git = vim.fn.executable('git') == 1
  if has_git then
    vim.system({ 'git', 'init', '-q', tree }):wait()
    vim.system({ 'git', '-C', tree, 'add', '.' }):wait()
  end

  t.with_child({ lua = ('vim.g.patch_digest_tree = %q'):format(tree) }, function(child)
    child:command('cd ' .. elsewhere)
    local digest = t.file('gf/deep/week.txt', table.concat({
      'From 1234567 to 89abcde',
      'New:  x',
      '[PATCH] x',
      ' a/b.c               |  2 +-',
      ' c/{old => new}/d.c  |  0',
      ' .../r/s.c           |  3 +++',
      ' .../lib/e.h         |  3 +++',
      ' .../[x]/t.c         |  3 +++',
      ' ../secret.c         |  3 +++',
      ' .../../secret.c     |  3 +++',
      ' a/gone.c            |  3 ---',
      ' 7 files changed, 17 insertions(+)',
      '',
      'See a/b.c for more, not ../secret.c or here.c.',
      ' k/{ => x86}/u.c     |  2 +-',
    }, '\n'))

    --- The name, in the tree, of the file that `keys` lead to; nil where they lead nowhere.
    local function goes_to(lnum, column, keys)
      child:command('silent edit ' .. digest)
      child:command('normal! zR')
      child:go_to(lnum, column)
      pcall(child.command, child, vim.api.nvim_replace_termcodes('silent ' .. (keys or 'normal gf'), true, true, true))
      local name = child:lua('return vim.api.nvim_buf_get_name(0)')
      expect(name == digest or vim.startswith(name, tree), 'it leads to %s', name)
      return name ~= digest and name:sub(#tree + 2) or nil
    end

    it('opens the file of a diffstat row in the source tree', function()
      expect_equal(goes_to(4, 3), 'a/b.c')
    end)

    it('takes the new name of a renamed file, wherever the cursor is on it', function()
      expect_equal(goes_to(5, 1), 'c/new/d.c')
      expect_equal(goes_to(5, 6), 'c/new/d.c')
      expect_equal(goes_to(5, 12), 'c/new/d.c')
      -- Where the folder that was left out in the old name is there, too.
      child:command('cd ' .. tree)
      expect_equal(goes_to(15, 2), 'k/x86/u.c')
      child:command('cd ' .. elsewhere)
    end)

    it('opens it in another window, and in another tab', function()
      local function n_windows()
        return child:lua('return { #vim.api.nvim_list_tabpages(), #vim.api.nvim_tabpage_list_wins(0) }')
      end
      for keys, expected in pairs({ ['<C-w>f'] = { 1, 2 }, ['<C-w><C-f>'] = { 1, 2 }, ['<C-w>gf'] = { 2, 1 } }) do
        expect_equal(goes_to(5, 6, 'normal ' .. keys), 'c/new/d.c')
        expect_equal(n_windows(), expected)
        child:command('close')
      end
    end)

    if has_git then
      it('finds shortened paths, and says so where there are several', function()
        expect_equal(goes_to(6, 8), 'q/r/s.c')
        child:lua('Notices = {}')
        expect_equal(goes_to(7, 8), 'x/y/lib/e.h')
        expect_equal(child:lua('return #Notices'), 1)
        expect_equal(goes_to(8, 8), '[x]/t.c')
      end)
    else
      io.stdout:write('skip gf: shortened paths need git\n')
    end

    it('does not leave the tree', function()
      expect_equal(goes_to(9, 3), nil)
      expect_equal(goes_to(10, 3), nil)
      expect_equal(goes_to(14, 26), nil)
      expect_equal(goes_to(14, 38), nil)
    end)

    it('says so where there is no such file', function()
      child:lua('Notices = {}')
      expect_equal(goes_to(11, 3), nil)
      expect_equal(child:lua('return Notices'), { 'patch-digest: there is no file a/gone.c in ' .. tree })
    end)

    it('works in text as well', function()
      expect_equal(goes_to(14, 6), 'a/b.c')
    end)

    it('finds files without the mapping, where none has the name under the cursor', function()
      child:command('cd /')
      expect_equal(goes_to(5, 6, 'normal! gf'), 'c/new/d.c')
    end)
  end)
end)
