-- From nothing to serving: the master reads what leaders left in the volume, each worker gets a row to count in.

require "resty.core"
local admin = require "autoserve.admin"
local certificate_store = require "autoserve.certificates"
local memory = require "autoserve.memory"
local routes = require "autoserve.routes"

local VOLUME = "/var/lib/autoserve/proxy/"

local M = {}

local function content_of(name)
    local file = io.open(VOLUME .. name)
    local content = file and file:read("*a")
    if file then
        file:close()
    end
    return content
end

-- Each is named after its version. One that cannot be read was never taken: whoever wrote it died before it could take it away.
local function store_newest(kind, store)
    local files = io.popen("ls -rv " .. VOLUME)
    for name in files:lines() do
        if name:find("^" .. kind .. ".*%.json$") then
            local result, why = store(content_of(name))
            ngx.log(ngx.NOTICE, name, ": ", result, " ", why)
            if result == "stored" then
                break
            end
        end
    end
    files:close()
end

function M.master()
    autoserve = require "autoserve.balancer" -- globals, as `require` per request would cost more than the balancer
    entrance = require "autoserve.entrance"
    certificates = certificate_store
    require "autoserve.pages"
    memory.open()
    local token = content_of("token")
    admin.token = token and token:match("%S+")
    store_newest("table", routes.store)
    store_newest("certificates", certificates.store)
end

function M.worker()
    math.randomseed(ngx.worker.pid() * 65537 + ngx.time())
    memory.claim_row()
    ngx.timer.every(1, function(premature)
        if not premature then
            memory.sweep()
        end
    end)
    ngx.timer.every(0.2, function(premature)
        if not premature then
            autoserve.close_overdue()
        end
    end)
end

function M.leave()
    memory.leave_row()
end

return M
