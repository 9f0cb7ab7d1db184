--- From one version of a series to another in another digest, and the pages about it.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

--- The digests with v4 and with v2 of the same series, and the lines of their cover letters.
local NEW, NEW_LINE = 'kvm-fff46e5c7-a4f0e95a9.txt', 434
local OLD, OLD_LINE = 'kvm-29a5df84d-df7682d40.txt', 351

--- Whether a digest is shown; the address of a page ends with its name, too.
local IN_DIGEST = 'vim.bo.filetype == "patchdigest" and vim.fs.basename(vim.api.nvim_buf_get_name(0)) == ...'

describe('versions', function()
  local folder = t.scratch .. '/versions'
  local new, old
  for _, path in ipairs(t.corpus()) do
    local name = vim.fs.basename(path)
    local copy = t.file('versions/' .. name, t.read(path))
    new = name == NEW and copy or new
    old = name == OLD and copy or old
  end
  vim.fn.mkdir(folder .. '/.git', 'p')

  t.with_child({}, function(child)
    child:edit(new)
    child:attach()
    child:command('normal! zR')

    local function text()
      return child:lua([[return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')]])
    end

    --- Waits until the index has come to `condition`, asking anew.
    local function eventually(method, position, condition)
      local came = vim.wait(t.patience_ms, function()
        return condition(child:request(method, { position = position }))
      end, 100)
      expect(came, '%s did not come', method)
    end

    local function first_uri(answer)
      local target = answer and answer ~= vim.NIL and answer[1]
      return target and (target.targetUri or target.uri) or ''
    end

    it('a version in the changelog leads to its digest, CTRL-O back', function()
      local lnum = child:lua([[
        for lnum = ..., vim.fn.line('$') do
          if vim.fn.getline(lnum):find('v1 ... v2', 1, true) then return lnum end
        end
      ]], NEW_LINE)
      eventually('textDocument/definition', { line = lnum - 1, character = 2 }, function(answer)
        return vim.endswith(first_uri(answer), OLD)
      end)
      child:go_to(lnum, 2)
      child:lua('vim.lsp.buf.definition()')
      child:wait_for(IN_DIGEST, OLD)
      expect_equal(child:lnum(), OLD_LINE)
      child:keys('<C-o>')
      child:wait_for(IN_DIGEST, NEW)
    end)

    it('the implementation of an old version is the newest', function()
      child:edit(old)
      child:attach()
      child:go_to(OLD_LINE, 5)
      child:lua('vim.lsp.buf.implementation()')
      child:wait_for(IN_DIGEST, NEW)
      expect_equal(child:lnum(), NEW_LINE)
    end)

    it('an old version says that there is a newer one', function()
      child:edit(old)
      child:wait_for('#vim.diagnostic.get(0) == 1')
      local found = child:lua('return vim.diagnostic.get(0)[1]')
      expect_equal(found.lnum + 1, OLD_LINE)
      expect(found.message:find('^v4 of this series is in kvm%-fff46e5c7'), '%s', found.message)
    end)

    it('references of a series are in every digest that has it', function()
      child:edit(new)
      child:attach()
      local position = { line = NEW_LINE - 1, character = 5 }
      local answer = child:request('textDocument/references', { position = position, context = { includeDeclaration = true } })
      local names = {}
      for _, place in ipairs(answer) do
        names[vim.fs.basename(place.uri)] = true
      end
      expect(names[NEW] and names[OLD], '%s', vim.inspect(names))
    end)

    it('a series is found by letters of its title, once, where its newest version is', function()
      local names
      local title = ' LoongArch: KVM: Add paravirt preempt support'
      local came = vim.wait(t.patience_ms, function()
        names = {}
        for _, symbol in ipairs(child:request('workspace/symbol', { query = 'paravirt preempt' })) do
          names[vim.fs.basename(symbol.location.uri) .. ' ' .. symbol.name] = true
        end
        -- The third patch of v2 has no newer version.
        return names[OLD .. ' [v2 3/3] LoongArch: Add paravirt preempt print prompt']
      end, 100)
      expect(came and names[NEW .. ' [v4 0/2]' .. title] and not names[OLD .. ' [v2 0/3]' .. title], '%s', vim.inspect(names))
    end)

    it(':PatchDigest history opens a page, whose links lead into digests', function()
      child:edit(new)
      child:go_to(NEW_LINE)
      child:command('PatchDigest history')
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      local name = child:lua('return vim.api.nvim_buf_get_name(0)')
      expect(name:find('^patch%-digest:///History%%20of'), '%s', name)
      expect(text():find('LoongArch: KVM: Add paravirt preempt support', 1, true), '%s', text())
      expect_equal(child:lua('return vim.bo.modifiable'), false)
      local lnum = child:lua([[
        for lnum = 1, vim.fn.line('$') do
          if vim.fn.getline(lnum):find('#L351', 1, true) then return lnum end
        end
      ]])
      expect(lnum ~= vim.NIL, 'no link to v2 in\n%s', text())
      local column = child:lua([[return vim.fn.getline(...):find('#L351', 1, true)]], lnum)
      child:go_to(lnum, column)
      child:keys('<CR>')
      child:wait_for(IN_DIGEST, OLD)
      expect_equal(child:lnum(), OLD_LINE)
    end)

    it(':PatchDigest since tells what changed, CTRL-O leads back', function()
      child:edit(new)
      child:go_to(NEW_LINE)
      child:command('PatchDigest since v2')
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      expect(text():find('paravirt.c', 1, true), '%s', text())
      expect(text():find('Add paravirt preempt print prompt', 1, true), '%s', text())
      child:keys('<C-o>')
      child:wait_for(IN_DIGEST, NEW)
      expect_equal(child:lnum(), NEW_LINE)
    end)

    it('a code action opens a page', function()
      child:edit(new)
      child:go_to(NEW_LINE + 110)
      child:lua([[
        vim.ui.select = function(items, options, choose)
          for _, item in ipairs(items) do
            if options.format_item(item):find('the history of this series', 1, true) then
              return choose(item)
            end
          end
        end
        vim.lsp.buf.code_action()
      ]])
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      expect(text():find('LoongArch: KVM: Add paravirt preempt support', 1, true), '%s', text())
      child:edit(new)
      child:go_to(NEW_LINE)
    end)

    it('a code lens opens a page, for who has them switched on', function()
      child:edit(new)
      child:lua([[
        if vim.lsp.codelens.enable then
          vim.lsp.codelens.enable()
        else
          vim.lsp.codelens.refresh({ bufnr = 0 })
        end
      ]])
      child:wait_for('#vim.lsp.codelens.get(vim.lsp.codelens.enable and { bufnr = 0 } or 0) > 0')
      child:go_to(NEW_LINE)
      child:lua('vim.lsp.codelens.run()')
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      expect(text():find('# v4 since v2', 1, true), '%s', text())
      child:edit(new)
      child:lua('if vim.lsp.codelens.enable then vim.lsp.codelens.enable(false) end')
    end)

    it('a page that is entered again has what is known by then', function()
      child:command('PatchDigest history')
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      expect(not text():find('elsewhere.c', 1, true), '%s', text())
      child:lua('vim.cmd.buffer(vim.fn.bufnr(...))', new)
      child:wait_for(IN_DIGEST, NEW)
      child:command([[%s/kernel\/paravirt\.c/kernel\/elsewhere.c/]])
      child:go_to(NEW_LINE)
      child:command('PatchDigest history')
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.search("elsewhere.c", "nw") > 0')
      child:lua('vim.cmd.buffer(vim.fn.bufnr(...))', new)
      child:wait_for(IN_DIGEST, NEW)
      child:command('silent undo')
    end)

    it(':PatchDigest new tells what is new', function()
      child:lua([[vim.api.nvim_feedkeys(vim.keycode('<Plug>(patch-digest-news)'), 'x', false)]])
      child:wait_for('vim.bo.filetype == "markdown" and vim.fn.line("$") > 5')
      expect(text():find('What is new in', 1, true), '%s', text())
    end)

    it('says where there is nothing to show', function()
      child:edit(new)
      child:go_to(1)
      for command, told in pairs({
        history = 'the cursor is in no series',
        since = 'the cursor is in no series that has another version in these digests',
      }) do
        child:command('PatchDigest ' .. command)
        child:wait_for('#Notices > 0')
        expect_equal(child:lua('return Notices[#Notices]'), 'patch-digest: ' .. told)
        child:lua('Notices = {}')
      end
    end)
  end)
end)

describe('neighbours', function()
  vim.fn.mkdir(t.scratch .. '/neighbours/.git', 'p')
  local function digest(name, from, to)
    local title = 'KVM mailing list update from %s to %s\n'
    return t.file('neighbours/' .. name, ('From %s to %s\n' .. title):format(from, to, from, to))
  end
  digest('first.txt', '1111111', '2222222')
  local second = digest('second.txt', '2222222', '3333333')

  t.with_child({}, function(child)
    it('CTRL-] on a commit of the header leads to the digest before', function()
      child:edit(second)
      child:attach()
      local came = vim.wait(t.patience_ms, function()
        child:go_to(1, 6)
        pcall(child.command, child, vim.keycode('normal! <C-]>'))
        return child:lua('return vim.fs.basename(vim.api.nvim_buf_get_name(0))') == 'first.txt'
      end, 100)
      expect(came, 'it does not')
    end)
  end)
end)

describe('two repositories', function()
  local digests = {}
  for name, title in pairs({ a = 'KVM: x86: one', b = 'KVM: arm64: two' }) do
    vim.fn.mkdir(('%s/repositories/%s/.git'):format(t.scratch, name), 'p')
    t.file(('repositories/%s/.patch-digest.toml'):format(name), '[queue]\nstate = "marks"\n')
    digests[name] = t.file(('repositories/%s/week.txt'):format(name), table.concat({
      'From 1234567 to 89abcde',
      'KVM mailing list update from 1234567 to 89abcde',
      'New:  ' .. title,
      '[PATCH] ' .. title,
      'Author: A <a@b>',
      '',
      ('-'):rep(70),
      '',
    }, '\n'))
  end

  t.with_child({}, function(child)
    child:edit(digests.a)
    child:attach()
    child:edit(digests.b)
    child:attach()
    expect_equal(child:lua("return #vim.lsp.get_clients({ name = 'patch_digest' })"), 2)

    --- Waits until the buffer has a text.
    local function wait_for_text(text)
      child:wait_for('table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n"):find(..., 1, true)', text)
    end

    --- Takes the code action whose title has `words`, on the series of the current digest.
    local function take(words)
      child:go_to(4)
      child:lua([[
        local words = ...
        vim.ui.select = function(items, options, choose)
          for _, item in ipairs(items) do
            if options.format_item(item):find(words, 1, true) then
              return choose(item)
            end
          end
        end
        vim.lsp.buf.code_action()
      ]], words)
    end

    it('both have pages', function()
      for _, page in ipairs({ 'history', 'new' }) do
        for name, title in pairs({ a = 'KVM: x86: one', b = 'KVM: arm64: two' }) do
          child:edit(digests[name])
          child:go_to(4)
          child:command('PatchDigest ' .. page)
          child:wait_for('vim.bo.filetype == "markdown"')
          wait_for_text(title)
        end
      end
      child:edit(digests.b)
      take('the history of this series')
      child:wait_for('vim.bo.filetype == "markdown"')
      wait_for_text('KVM: arm64: two')
    end)

    it('a page is made by whoever can, when it is read anew', function()
      child:lua('vim.b.patch_digest_client = nil')
      child:command('edit')
      wait_for_text('KVM: arm64: two')
    end)

    it('series of both are marked', function()
      for _, name in ipairs({ 'b', 'a' }) do
        child:edit(digests[name])
        child:lua('Notices = {}')
        take('as waiting')
        child:wait_for('#Notices > 0')
        local notice = child:lua('return Notices[1]')
        expect(vim.endswith(notice, ', waiting'), 'it says %s', notice)
      end
    end)

    it('the queue is that of the digest it is asked for in', function()
      for name, title in pairs({ a = 'KVM: x86: one', b = 'KVM: arm64: two' }) do
        child:edit(digests[name])
        child:command('PatchDigest queue')
        child:wait_for('vim.bo.filetype == "patch-digest-queue"')
        wait_for_text(title)
        -- Its keys ask the same.
        child:go_to(child:lua('return vim.fn.search(..., "nw")', title))
        child:keys('r')
        wait_for_text('reviewing')
      end
    end)
  end)
end)
