--- The language server: starting it, asking it, starting it again. The one place that knows how
--- the versions of Neovim differ in this.
---
--- Tested by `tests/editors/nvim`.

local M = {}

--- The name of the server's configuration, `lsp/patch_digest.lua`.
M.name = 'patch_digest'

local has_methods = vim.fn.has('nvim-0.11') == 1

--- The client that serves a buffer and answers `method`, if there is one.
function M.serving(buf, method)
  return vim.lsp.get_clients({ bufnr = buf, name = M.name, method = method })[1]
end

--- The clients that run. Those that are `starting` do not take requests yet.
function M.clients(filter, starting)
  return vim.lsp.get_clients(vim.tbl_extend('error', filter, { name = M.name, _uninitialized = starting }))
end

--- The client that a buffer belongs to, if there is one: it serves the digest, or made the page. Each
--- knows the digests of one repository.
function M.client_of(buf, starting)
  local maker = vim.b[buf].patch_digest_client
  return M.clients({ bufnr = buf }, starting)[1] or maker and M.clients({ id = maker }, starting)[1]
end

--- Asks `client`; `answer` gets error and result.
function M.request(client, method, params, buf, answer)
  if has_methods then
    return client:request(method, params, answer, buf)
  end
  return client.request(method, params, answer, buf)
end

local function notify(client, method, params)
  if has_methods then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

local function stop(client, force)
  if has_methods then
    client:stop(force)
  else
    client.stop(force)
  end
end

--- Whether the user wants it to be started with a digest. `vim.lsp.enable('patch_digest', false)` in a
--- configuration cannot say no: it comes before the plugin, and leaves no trace.
function M.is_wanted()
  return vim.g.patch_digest_server ~= false and vim.g.patch_digest_server ~= 0
end

--- The configuration, with the user's own additions.
function M.config()
  if vim.lsp.config then
    return vim.lsp.config[M.name]
  end
  -- Neovim 0.10: the same files, merged as later versions merge them.
  local merged = {}
  for _, file in ipairs(vim.api.nvim_get_runtime_file('lsp/' .. M.name .. '.lua', true)) do
    merged = vim.tbl_deep_extend('force', merged, dofile(file))
  end
  return merged
end

--- The program to start, if it cannot be found.
function M.missing_program()
  local cmd = M.config().cmd
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    return cmd[1]
  end
end

local function missing_notice(program)
  return ('patch-digest: the language server `%s` was not found. '):format(program)
    .. 'Put it on your PATH, or name it in `after/lsp/patch_digest.lua`: '
    .. "return { cmd = { '/path/to/patch-digest', 'lsp' } }"
end

--- Neovim 0.10 by itself starts another server for every buffer that is in no repository.
local function serves_same_root(client, config)
  return client.name == config.name and client.config.root_dir == config.root_dir and not client.is_stopped()
end

--- Starts the server for a digest; on Neovim 0.11 and later `vim.lsp.enable` does.
function M.start(buf)
  -- A digest shown in a preview or a picker is no file to serve.
  if vim.bo[buf].buftype ~= '' then
    return
  end
  local missing = M.missing_program()
  if missing then
    vim.notify_once(missing_notice(missing), vim.log.levels.WARN)
  elseif not vim.lsp.enable then
    local config = M.config()
    config.name = M.name
    config.root_dir = vim.fs.root(buf, config.root_markers or {})
    -- Neovim 0.10 takes these for all there are.
    local own = vim.lsp.protocol.make_client_capabilities()
    config.capabilities = vim.tbl_deep_extend('force', own, config.capabilities or {})
    vim.lsp.start(config, { bufnr = buf, reuse_client = serves_same_root })
  end
end

--- Starts the server for the current folder, with no digest open; the number of the client.
function M.start_alone()
  local config = vim.deepcopy(M.config())
  local here = vim.uv.cwd()
  config.name = M.name
  config.root_dir = vim.fs.root(here, config.root_markers or {}) or here
  if vim.lsp.enable then
    return vim.lsp.start(config, { attach = false })
  end
  local own = vim.lsp.protocol.make_client_capabilities()
  config.capabilities = vim.tbl_deep_extend('force', own, config.capabilities or {})
  return vim.lsp.start_client(config)
end

--- Tells the server that a file with settings was saved, which is no document that it serves.
function M.tell_saved(path)
  local change = { uri = vim.uri_from_fname(path), type = vim.lsp.protocol.FileChangeType.Changed }
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    notify(client, 'workspace/didChangeWatchedFiles', { changes = { change } })
  end
end

local function each_digest(action)
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buf) and vim.bo[buf].filetype == 'patchdigest' then
      action(buf)
    end
  end
end

--- Starts the server for all digests that are open.
function M.start_all()
  if vim.lsp.enable then
    -- Starts it for what is open and for what will be.
    vim.lsp.enable(M.name)
  end
  each_digest(M.start)
end

--- How long a server may take to end when asked, and when not asked any more.
local POLITE_POLLS, FORCED_POLLS, POLL_MS = 40, 40, 50

--- Ends the server and starts it again, also when it has ended by itself. `done` is called then.
function M.restart(done)
  local missing = M.missing_program()
  if missing then
    -- Asked for: said every time.
    vim.notify(missing_notice(missing), vim.log.levels.WARN)
  end
  local clients = vim.lsp.get_clients({ name = M.name })
  if vim.lsp.enable then
    vim.lsp.enable(M.name, false)
  end
  for _, client in ipairs(clients) do
    stop(client)
  end
  local n_polls = 0
  local function poll()
    n_polls = n_polls + 1
    local running = vim.lsp.get_clients({ name = M.name })
    if #running > 0 and n_polls <= POLITE_POLLS + FORCED_POLLS then
      if n_polls == POLITE_POLLS then
        -- One that hangs may be why it is to be restarted.
        for _, client in ipairs(running) do
          stop(client, true)
        end
      end
      return vim.defer_fn(poll, POLL_MS)
    end
    M.start_all()
    if done then
      done()
    end
  end
  poll()
end

return M
