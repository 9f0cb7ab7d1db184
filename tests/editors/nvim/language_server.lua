--- The language server in the editor: attached, asked, missing, started again.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

--- Lines (from 1) that an answer to textDocument/definition leads to.
local function target_lines(answer)
  if answer == nil or answer == vim.NIL then
    return {}
  end
  local targets = vim.islist(answer) and answer or { answer }
  return vim.tbl_map(function(target)
    return (target.targetSelectionRange or target.range).start.line + 1
  end, targets)
end

describe('server', function()
  t.with_child({}, function(child)
    local path = t.sample_copy('server')
    child:edit(path)
    child:attach()

    it('attaches to a digest, with the repository as root', function()
      local actual = child:lua('return vim.lsp.get_clients({ bufnr = 0 })[1].config.root_dir')
      expect_equal(vim.uv.fs_realpath(actual), vim.uv.fs_realpath(t.scratch .. '/server'))
    end)

    it('does not attach to other text', function()
      child:edit(t.file('server/notes.txt', 'Minutes of Monday\n'))
      expect_equal(child:lua('return #vim.lsp.get_clients({ bufnr = 0 })'), 0)
      child:edit(path)
    end)

    it('lists the entries', function()
      local names = {}
      local function collect(symbols)
        for _, symbol in ipairs(symbols or {}) do
          table.insert(names, symbol.name)
          collect(symbol.children)
        end
      end
      collect(child:request('textDocument/documentSymbol', {}))
      local found = vim.tbl_filter(function(name)
        return vim.startswith(name, '[v4 0/2] LoongArch')
      end, names)
      expect(#found == 1, 'no single "[v4 0/2] LoongArch..." among %s', vim.inspect(names))
    end)

    it('K on a subject shows its version', function()
      child:command('normal! zR')
      child:go_to(child:line_of(t.cover), 20)
      child:keys('K')
      child:lua([[
        function FloatText()
          for _, window in ipairs(vim.api.nvim_list_wins()) do
            if vim.api.nvim_win_get_config(window).relative ~= '' then
              local buf = vim.api.nvim_win_get_buf(window)
              return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n')
            end
          end
          return ''
        end
      ]])
      child:wait_for("FloatText() ~= ''")
      local text = child:lua('return FloatText()')
      expect(text:find('v4', 1, true), 'no "v4" in %q', text)
      child:keys('<Esc>l')
    end)

    it('a shortlog line leads to its patch, and opens its fold', function()
      child:command('normal! zM')
      child:go_to(child:line_of(t.shortlog_line), 4)
      child:lua('vim.lsp.buf.definition()')
      local lnum = child:line_of(t.patch)
      -- The entry starts one line above its subject.
      child:wait_for('vim.tbl_contains({ ..., ... - 1 }, vim.fn.line("."))', lnum)
      child:wait_for('vim.fn.foldclosed(...) == -1', lnum)
    end)

    it("a patch's title leads back to its shortlog line", function()
      local position = { line = child:line_of(t.patch) - 1, character = 20 }
      local lines = target_lines(child:request('textDocument/definition', { position = position }))
      local expected = child:line_of(t.shortlog_line)
      expect(vim.tbl_contains(lines, expected), 'line %d not in %s', expected, vim.inspect(lines))
    end)

    it('shows no code lenses unasked', function()
      local lenses = child:lua([[
        return vim.lsp.codelens.is_enabled and vim.lsp.codelens.is_enabled({ bufnr = 0 })
          or #vim.lsp.codelens.get(0) > 0
      ]])
      expect_equal(lenses, false)
    end)
  end)
end)

describe('digests of no repository', function()
  -- Also those that do not answer yet.
  local n_clients = "#vim.lsp.get_clients({ name = 'patch_digest', _uninitialized = true })"
  local path, other = t.file('single/week.txt', t.read(t.sample)), t.file('single/month.txt', t.read(t.sample))

  t.with_child({}, function(child)
    it('have one server, however often they are opened', function()
      child:edit(path)
      child:attach()
      for _ = 1, 3 do
        child:command('edit')
      end
      child:edit(other)
      child:attach()
      expect_equal(child:lua('return ' .. n_clients), 1)
    end)
  end)

  t.with_child({}, function(child)
    it('have one server, when the queue is asked for while it starts', function()
      -- As `nvim week.txt -c 'PatchDigest queue'` does.
      child:lua("vim.cmd.edit(...) vim.cmd('PatchDigest queue')", path)
      child:wait_for("vim.fn.getline(1):find('^2 digests')")
      expect_equal(child:lua('return ' .. n_clients), 1)
    end)
  end)

  t.with_child({}, function(child)
    it('have one server, when the queue is asked for and none is open', function()
      child:command('cd ' .. vim.fn.fnamemodify(path, ':h'))
      child:command('PatchDigest queue')
      child:wait_for("vim.fn.getline(1):find('^2 digests')")
      expect_equal(child:lua('return ' .. n_clients), 1)
    end)
  end)
end)

describe('diagnostics', function()
  t.with_child({}, function(child)
    child:edit(t.sample_copy('diagnostics'))
    child:attach()
    local author = child:line_of('[PATCH v3 0/4] KVM: selftests: arm64: Improve diagnostics from') + 1

    it('are hints about three cut titles and a damaged name in the untouched sample', function()
      child:wait_for('#vim.diagnostic.get(0) == 4')
      child:lua('Found = vim.diagnostic.get(0)')
      local found = child:lua([[
        return vim.tbl_map(function(found)
          return ('%d %s %d'):format(found.lnum + 1, found.code, found.severity)
        end, Found)
      ]])
      table.sort(found)
      local hint = vim.diagnostic.severity.HINT
      local expected = { '209 cut-title ', '28 cut-title ', '394 wrong-charset ', '86 cut-title ' }
      expect_equal(found, vim.tbl_map(function(text) return text .. hint end, expected))
    end)

    it('appear where an author line was damaged', function()
      child:command(author .. 's/Author:/Autor:/')
      child:wait_for('#vim.diagnostic.get(0) > #Found')
      local lines = child:lua([[
        return vim.tbl_map(function(found) return found.lnum + 1 end, vim.diagnostic.get(0))
      ]])
      -- On the line itself, or on the start of its entry.
      local near = vim.tbl_filter(function(lnum)
        return lnum >= author - 2 and lnum <= author
      end, lines)
      expect(#near > 0, 'none at line %d, only at %s', author, vim.inspect(lines))
    end)

    it(']d leads to them, into a closed fold', function()
      child:command('normal! zM')
      child:go_to(author - 10)
      child:lua('(vim.diagnostic.jump and function() vim.diagnostic.jump({ count = 1 }) end or vim.diagnostic.goto_next)()')
      child:wait_for('math.abs(vim.fn.line(".") - ...) <= 2 and vim.fn.foldclosed(".") == -1', author)
    end)

    -- After the checks above, so that it cannot pass before the server had its say.
    it('go away with an undo', function()
      child:command('silent undo')
      child:wait_for('#vim.diagnostic.get(0) == #Found')
      expect_equal(child:lua('return vim.bo.modified'), false)
    end)

    it('follow settings that are saved in another window', function()
      child:lua('Digest = vim.api.nvim_get_current_buf()')
      child:command('split')
      child:edit(t.scratch .. '/diagnostics/.patch-digest.toml')
      child:lua([[vim.api.nvim_buf_set_lines(0, 0, -1, true, { '[lint.rules]', 'cut-title = "off"' })]])
      child:command('silent write')
      child:wait_for('#vim.diagnostic.get(Digest) == 1')
    end)
  end)
end)

describe('restart', function()
  t.with_child({}, function(child)
    local first, second = t.sample_copy('restart/a'), t.sample_copy('restart/b')
    local ids = [[
      local ids = {}
      for _, client in ipairs(vim.lsp.get_clients({ name = 'patch_digest' })) do
        table.insert(ids, client.id)
      end
      return ids
    ]]
    child:edit(first)
    child:attach()
    child:edit(second)
    child:attach()

    it('gives all open digests a new server', function()
      local before = child:lua(ids)
      child:command('PatchDigest restart')
      child:wait_for(
        [[
        (function(before)
          local served = 0
          for _, client in ipairs(vim.lsp.get_clients({ name = 'patch_digest' })) do
            if vim.tbl_contains(before, client.id) then
              return false
            end
            served = served + #vim.lsp.get_buffers_by_client_id(client.id)
          end
          return served == 2
        end)(...)
        ]],
        before
      )
      expect(#child:request('textDocument/documentSymbol', {}) > 0, 'the new server does not answer')
    end)

    it('works when the server has died', function()
      child:lua([[
        local client = vim.lsp.get_clients({ name = 'patch_digest', bufnr = 0 })[1]
        client.rpc.terminate()
      ]])
      child:wait_for("#vim.lsp.get_clients({ name = 'patch_digest', bufnr = 0 }) == 0")
      child:command('PatchDigest restart')
      child:attach()
      expect(#child:request('textDocument/documentSymbol', {}) > 0, 'the new server does not answer')
    end)

    it('names the commands there are when asked for another', function()
      child:lua('Notices = {}')
      child:command('PatchDigest rest')
      local notices = child:lua('return Notices')
      expect(#notices == 1, 'expected one notice, got %s', vim.inspect(notices))
      expect(notices[1]:find('expected fold-others, history, install-parser, mark, new, outline, queue, restart, since', 1, true), 'it says %q', notices[1])
      local offered = child:lua("return vim.fn.getcompletion('PatchDigest r', 'cmdline')")
      expect_equal(offered, { 'restart' })
    end)

    it('offers after a command only what that takes', function()
      for line, expected in pairs({
        ['PatchDigest history '] = {},
        ['silent PatchDigest history r'] = {},
        ['PatchDigest since '] = {},
        ['PatchDigest mark re'] = { 'reviewing', 'replied' },
        ['silent PatchDigest mark sn'] = { 'snoozed' },
        ['PatchDigest mark snoozed '] = {},
        ['silent PatchDigest hi'] = { 'history' },
      }) do
        expect_equal({ line, child:lua("return vim.fn.getcompletion(..., 'cmdline')", line) }, { line, expected })
      end
    end)
  end)
end)

describe('a digest without a name', function()
  t.with_child({}, function(child)
    it('is shown with what the server knows', function()
      child:command('0read ' .. t.sample_copy('unnamed'))
      child:command('setfiletype patchdigest')
      child:attach()
      -- A name as it is written in the outline.
      child:wait_for_screen('[0/6] KVM: SEV: use mutex guards for simpler error handling · Carlos López · 6 patches +47 −88')
    end)
  end)
end)

describe('a server that is not wanted', function()
  for _, value in ipairs({ 'false', '0' }) do
    t.with_child({ lua = 'vim.g.patch_digest_server = ' .. value }, function(child)
      it(('is not started where g:patch_digest_server is %s'):format(value), function()
        child:edit(t.sample_copy('unwanted'))
        expect_equal(child:lua('return { #vim.lsp.get_clients({ _uninitialized = true }), #Notices }'), { 0, 0 })
        expect_equal(child:lua('return vim.wo.foldmethod'), 'expr')
        child:command('checkhealth patch_digest')
        child:wait_for("vim.fn.search('It is not running: `g:patch_digest_server` says so', 'nw') > 0")
        child:command('bdelete')
      end)

      it('is, when asked for', function()
        child:command('PatchDigest restart')
        child:attach()
      end)
    end)
  end
end)

describe('missing server', function()
  vim.fn.mkdir(t.scratch .. '/nothing', 'p')
  t.with_child({ env = { PATH = t.scratch .. '/nothing' } }, function(child)
    it('is told once, with the way out', function()
      local path = t.sample_copy('missing')
      for _, name in ipairs({ path, t.file('missing/b.digest', ''), path }) do
        child:edit(name)
        -- Whatever was put off until later has now been done.
        child:lua('Done = false; vim.defer_fn(function() Done = true end, 10)')
        child:wait_for('Done')
      end
      local notices = child:lua('return Notices')
      expect(#notices == 1, 'expected one notice, got %s', vim.inspect(notices))
      expect(notices[1]:find('`patch-digest` was not found', 1, true), 'it says %q', notices[1])
      expect(notices[1]:find('PATH', 1, true), 'no way out in %q', notices[1])
    end)

    it('causes no error', function()
      expect_equal(child:lua('return vim.v.errmsg'), '')
      expect_equal(child:lua('return #vim.lsp.get_clients()'), 0)
    end)

    it('leaves the file type and the text as they are', function()
      expect_equal(child:lua('return { vim.bo.filetype, vim.bo.modified }'), { 'patchdigest', false })
    end)

    it('leaves folds and the outline, made from the lines', function()
      child:wait_for_screen('[v4 0/2] LoongArch: KVM: Add paravirt preempt support · Bibo Mao · 2 patches +85 −3')
      child:keys('gO')
      child:wait_for("vim.bo.buftype == 'quickfix'")
      local lines = child:lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)')
      expect_equal(#lines, 6)
      expect_equal(lines[5], '[v4 0/2] LoongArch: KVM: Add paravirt preempt support  Bibo Mao')
    end)

    it('is said again where a restart was asked for', function()
      child:lua('Notices = {}')
      child:command('PatchDigest restart')
      expect_equal(#child:lua('return Notices'), 1)
    end)
  end)
end)
