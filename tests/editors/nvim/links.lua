--- `gx` and what code actions copy.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

-- Keeps what would be opened.
local no_browser = 'Opened = {}; vim.ui.open = function(target) table.insert(Opened, target) end'

describe('links', function()
  t.with_child({ lua = no_browser }, function(child)
    child:edit(t.sample_copy('links'))
    child:attach()
    child:command('normal! zR')

    --- What `gx` opens with the cursor on the first `word` of a line.
    local function opened(line, word)
      child:lua('Opened = {}')
      local lnum = child:line_of(line)
      child:go_to(lnum, line:find(word, 1, true) - 1)
      child:keys('gx')
      child:wait_for('#Opened > 0')
      return child:lua('return Opened')
    end

    local whole = 'https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm.com/'

    it('an address broken over two lines is opened whole, from either line', function()
      local first = '[5] https://lore.kernel.org/all/20250924134511.4109935-1-andre.przywara@arm='
      expect_equal(opened(first, 'lore'), { whole })
      child:lua('Opened = {}')
      child:keys('j0gx')
      child:wait_for('#Opened > 0')
      expect_equal(child:lua('return Opened'), { whole })
    end)

    it('a reference to a footnote opens what the footnote names', function()
      local lnum = child:lua([[return vim.fn.search('\\[5\\]', 'cnw')]])
      local line = child:lua('return vim.fn.getline(...)', lnum)
      expect_equal(opened(line, '[5]'), { whole })
    end)

    it('a title opens a search for the mail', function()
      local found = opened(t.cover, 'LoongArch')
      expect_equal(#found, 1)
      expect(vim.startswith(found[1], 'https://lore.kernel.org/kvm/?q=s%3A%22LoongArch'), 'it opens %s', found[1])
    end)

    it('words that are no link are what they are elsewhere', function()
      child:lua('Opened = {}')
      child:go_to(child:line_of('Author: Bibo Mao <maobibo@loongson.cn>'), 0)
      child:keys('gx')
      child:wait_for('#Opened > 0')
      expect_equal(child:lua('return Opened'), { 'Author' })
    end)
  end)
end)

describe('copying', function()
  -- A clipboard of the test's own.
  local clipboard = [[
    Clipboard = {}
    vim.g.clipboard = {
      name = 'test',
      copy = { ['+'] = function(lines) Clipboard = lines end, ['*'] = function() end },
      paste = { ['+'] = function() return Clipboard end, ['*'] = function() return {} end },
    }
    vim.ui.select = function(items, options, choose)
      Titles = vim.tbl_map(options.format_item, items)
      for idx, item in ipairs(items) do
        if Titles[idx]:find(Wanted, 1, true) then
          return choose(item, idx)
        end
      end
      choose(nil)
    end
  ]]
  t.with_child({ lua = clipboard:gsub('\n%s*', ' ') }, function(child)
    child:edit(t.sample_copy('copying'))
    child:attach()
    child:command('normal! zR')

    it('puts the text on the clipboard and says so', function()
      child:go_to(child:line_of(t.cover), 20)
      child:lua("Wanted = 'b4 shazam'; vim.lsp.buf.code_action()")
      child:wait_for('#Clipboard > 0')
      expect_equal(child:lua('return Clipboard'), {
        "lei q --only 'https://lore.kernel.org/kvm/' -t 's:LoongArch: KVM: Add paravirt preempt support' "
          .. "'f:maobibo@loongson.cn' -f mboxrd -o - | b4 shazam -v 4 -m -",
      })
      local notices = child:lua('return Notices')
      expect(vim.tbl_contains(notices, 'Copied the command'), 'it says %s', vim.inspect(notices))
    end)

    it('has the outline for a mail', function()
      child:lua('Clipboard = {}')
      child:go_to(1)
      child:lua("Wanted = 'outline'; vim.lsp.buf.code_action()")
      child:wait_for('#Clipboard > 0')
      local lines = child:lua('return Clipboard')
      expect_equal(lines[1], 'KVM fff46e5c7..a4f0e95a9 (81 mails · 6 series · 1 mail without entry)')
      expect(#lines > 15, 'only %d lines', #lines)
    end)

    it('has the repair of a damaged name, for who leaves digests as they are', function()
      child:lua('Clipboard = {}')
      child:wait_for('#vim.diagnostic.get(0) == 4')
      child:go_to(394, 12)
      child:lua("Wanted = 'repaired name'; vim.lsp.buf.code_action()")
      child:wait_for('#Clipboard > 0')
      expect_equal(child:lua('return Clipboard'), { 'Carlos López' })
    end)

    it('leaves the digest as it is', function()
      expect_equal(child:lua('return vim.bo.modified'), false)
    end)

    it('a quick fix writes the name right, everywhere', function()
      child:go_to(394, 12)
      child:lua("Wanted = 'everywhere'; vim.lsp.buf.code_action()")
      child:wait_for('#vim.diagnostic.get(0) == 3')
      expect_equal(child:lua("return vim.fn.search('贸', 'nw')"), 0)
      child:command('silent undo')
      child:wait_for('#vim.diagnostic.get(0) == 4')
    end)
  end)
end)

describe('reading', function()
  t.with_child({ lua = t.no_marks }, function(child)
    child:edit(t.sample_copy('reading'))
    child:attach()
    child:command('normal! zR')

    it('hints tell the rest of a title and the numbers of patches', function()
      child:lua('vim.lsp.inlay_hint.enable(true)')
      child:go_to(child:line_of('[PATCH v3 1/4] KVM: selftests: arm64: Report set_id_reg reads of'))
      child:command('normal! zt')
      child:wait_for_screen('[PATCH v3 1/4] KVM: selftests: arm64: Report set_id_reg reads of ⋯ test registers as tests')
      child:go_to(child:line_of(t.shortlog_line))
      child:command('normal! zt')
      child:wait_for_screen('  1/2 ' .. t.patch_title)
    end)

    it('what a newer version has replaced fades', function()
      local lnum = child:line_of(t.cover)
      -- The same posting once more, as an older version.
      child:lua(
        [[
        local lnum = ...
        local lines = vim.fn.getline(lnum - 1, lnum + 1)
        lines[2] = lines[2]:gsub('v4', 'v3')
        local rule = string.rep('-', 70)
        vim.fn.append(vim.fn.line('$'), { lines[1], lines[2], lines[3], '', 'Body.', '', rule, '' })
        ]],
        lnum
      )
      -- Tokens are drawn where they are seen.
      child:command('normal! G')
      child:wait_for(
        [[
        (function(text)
          vim.cmd.redraw()
          local lnum = vim.fn.index(vim.fn.getline(1, '$'), text)
          local found = vim.inspect_pos(0, lnum, 20).semantic_tokens
          for _, token in ipairs(found) do
            if token.opts.hl_group == '@lsp.mod.superseded.patchdigest' then
              return true
            end
          end
          return false
        end)(...)
        ]],
        (t.cover:gsub('v4', 'v3'))
      )
    end)

    it('the same person is found elsewhere', function()
      local position = { line = child:line_of('Author: Bibo Mao <maobibo@loongson.cn>') - 1, character = 10 }
      local found = child:request('textDocument/documentHighlight', { position = position })
      expect(#found >= 5, 'only %s', vim.inspect(found))
    end)
  end)
end)
