--- `:help patch-digest` and `:checkhealth patch_digest`.

local t = require('harness')
local describe, it, expect, expect_equal = t.describe, t.it, t.expect, t.expect_equal

describe('help', function()
  -- Tags are made where the plugin is installed; the checkout stays as it is.
  local copy = t.scratch .. '/help'
  local text = t.read(t.plugin .. '/doc/patch-digest.txt')
  t.file('help/doc/patch-digest.txt', text)

  t.with_child({}, function(child)
    child:lua('vim.opt.runtimepath:prepend(...)', copy)
    child:command('helptags ' .. vim.fn.fnameescape(copy .. '/doc'))

    for _, tag in ipairs({ 'patch-digest', ':PatchDigest', 'g:patch_digest_tree', 'patch-digest-]]', 'patch-digest-gO' }) do
      it(tag .. ' has a page', function()
        child:command('help ' .. tag)
        expect_equal(child:lua('return vim.fn.expand("%:t")'), 'patch-digest.txt')
        expect(child:lua('return vim.api.nvim_get_current_line()'):find(tag, 1, true), 'the cursor is elsewhere')
        child:command('helpclose')
      end)
    end

    it('leads nowhere only where there is something', function()
      local missing = {}
      for tag in text:gmatch('|(%S-)|') do
        if child:lua('return #vim.fn.getcompletion(..., "help")', tag) == 0 then
          table.insert(missing, tag)
        end
      end
      expect_equal(missing, {})
    end)

    it('is not wider than a help window', function()
      for line in text:gmatch('[^\n]+') do
        -- Backticks and bars are not drawn.
        local drawn = line:gsub('[`|*]', '')
        expect(vim.fn.strdisplaywidth(drawn) <= 78, 'too long: %s', line)
      end
    end)

    it('names every key, command, setting and group there is', function()
      local sources = t.read(t.plugin .. '/ftplugin/patchdigest.lua')
        .. t.read(t.plugin .. '/plugin/patch_digest.lua')
        .. t.read(t.plugin .. '/lua/patch_digest/paths.lua')
      for name in sources:gmatch("', '([a-z]+%-[a-z]+)', motions") do
        expect(text:find('<Plug>(patch-digest-' .. name .. ')', 1, true), 'nothing about %s', name)
      end
      for name in sources:gmatch('vim%.g%.([%w_]+)') do
        expect(text:find(name, 1, true), 'nothing about %s', name)
      end
      for _, command in ipairs(child:lua("return vim.fn.getcompletion('PatchDigest ', 'cmdline')")) do
        expect(text:find(':PatchDigest ' .. command, 1, true), 'nothing about %s', command)
      end
      for _, group in ipairs(child:lua("return vim.fn.getcompletion('PatchDigestFold', 'highlight')")) do
        expect(text:find(group, 1, true), 'nothing about %s', group)
      end
    end)
  end)
end)

describe('health', function()
  local function report(child)
    child:command('checkhealth patch_digest')
    return child:lua('return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n")')
  end

  t.with_child({}, function(child)
    it('tells of a working server', function()
      child:edit(t.sample_copy('health'))
      child:attach()
      local text = report(child)
      for _, part in ipairs({
        'OK patch-digest 0.',
        'OK It is running for 1 open digest, root ',
        'OK Digests are known by their first line',
        'OK By `syntax/patchdigest.vim`',
        ':PatchDigest install-parser',
      }) do
        expect(text:find(part, 1, true), 'no %q in\n%s', part, text)
      end
      expect(not text:find('ERROR', 1, true) and not text:find('WARN', 1, true), '%s', text)
    end)
  end)

  vim.fn.mkdir(t.scratch .. '/nothing', 'p')
  t.with_child({ env = { PATH = t.scratch .. '/nothing' } }, function(child)
    it('tells of a missing server, and what to do', function()
      local text = report(child)
      expect(text:find('ERROR `patch-digest` was not found', 1, true), '%s', text)
      expect(text:find('after/lsp/patch_digest.lua', 1, true), '%s', text)
    end)
  end)

  -- As in Neovim 0.7, which has the functions of reports under other names, in a module.
  local old = [[
    local has = vim.fn.has
    vim.fn.has = function(what) return vim.startswith(what, 'nvim-0.1') and 0 or has(what) end
    Report = {}
    package.loaded.health = {
      report_start = function(text) table.insert(Report, text) end,
      report_error = function(text, advice) vim.list_extend(Report, { text, unpack(advice) }) end,
    }
  ]]
  t.with_child({ lua = old:gsub('\n%s*', ' ') }, function(child)
    local path = t.sample_copy('old')
    local version = vim.version()
    local this = ('%d.%d.%d'):format(version.major, version.minor, version.patch)

    it('is all there is in a Neovim that is too old', function()
      expect_equal(child:lua([[
        local health = vim.health
        vim.health = false
        require('patch_digest.health').check()
        vim.health = health
        return Report
      ]]), { 'Neovim', ('Neovim %s is too old'):format(this), 'Install Neovim 0.10 or later' })
    end)

    it('which is told that once, and nothing else', function()
      child:edit(path)
      expect_equal(child:lua('return Notices'), { ('patch-digest: Neovim 0.10 or later is needed, this is %s'):format(this) })
      expect_equal(child:lua('return { vim.fn.exists(":PatchDigest"), vim.wo.foldmethod, vim.v.errmsg }'), { 0, 'manual', '' })
    end)
  end)

  t.with_child({ lua = "vim.filetype.add({ pattern = { ['.*%.txt'] = { 'text', { priority = 50 } } } })" }, function(child)
    it('tells of another rule that takes digests', function()
      local text = report(child)
      expect(text:find('ERROR A digest in a file week.txt gets the file type text', 1, true), '%s', text)
    end)
  end)
end)
