-- From nothing to serving: the master reads what the leader left in the volume, each worker gets a row to count in.

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

function M.master()
    autoserve = require "autoserve.balancer" -- globals, as `require` per request would cost more than the balancer
    entrance = require "autoserve.entrance"
    certificates = certificate_store
    require "autoserve.pages"
    memory.open()
    local token = content_of("token")
    admin.token = token and token:match("%S+")
    local stored = content_of("table.json")
    if stored then
        local result, why = routes.store(stored)
        ngx.log(ngx.NOTICE, "table.json: ", result, " ", why)
    end
    local handed_out = content_of("certificates.json")
    if handed_out then
        local result, why = certificates.store(handed_out)
        ngx.log(ngx.NOTICE, "certificates.json: ", result, " ", why)
    end
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
