-- Runs when nginx starts. The master reads the tables and certificates that leaders left in the
-- volume, and each worker claims a row of counters.

require "resty.core"
local admin = require "autoserve.admin"
local budget = require "autoserve.budget"
local certificate_store = require "autoserve.certificates"
local memory = require "autoserve.memory"
local routes = require "autoserve.routes"

-- Each proxy of an installation has a folder of its own.
local VOLUME = (os.getenv("AUTOSERVE_PROXY_FOLDER") or "/var/lib/autoserve/proxy") .. "/"

local M = {}

local function content_of(name)
    local file = io.open(VOLUME .. name)
    local content = file and file:read("*a")
    if file then
        file:close()
    end
    return content
end

-- Stores the newest file that is valid. Files are named after their versions. If a file is invalid,
-- nginx refused it earlier, and the controller that wrote it died before it could remove the file.
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
    -- globals, since `require` in each request would cost more than the balancer itself
    autoserve = require "autoserve.balancer"
    entrance = require "autoserve.entrance"
    certificates = certificate_store
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
    ngx.timer.every(60, function(premature)
        if not premature then
            budget.forget(memory.now())
        end
    end)
end

function M.leave()
    memory.leave_row()
end

return M
