-- The admin port for the leader, which sends tables and certificates and reads the counters.
-- Documented in nginx/README.md.

local certificates = require "autoserve.certificates"
local cjson = require "cjson.safe"
local identity = require "autoserve.identity"
local journal = require "autoserve.journal"
local latency = require "autoserve.latency"
local memory = require "autoserve.memory"
local routes = require "autoserve.routes"
local sleep = require "autoserve.sleep"

local LONGEST_WAIT = 10 -- seconds

local M = {}

local function answer(status, body)
    ngx.status = status
    ngx.header["Content-Type"] = "application/json"
    ngx.print(type(body) == "string" and body or cjson.encode(body))
end

local function fault(status, detail, version)
    answer(status, { status = status, detail = detail, version = version })
end

local function put(store)
    ngx.req.read_body()
    local result, why = store.store(ngx.req.get_body_data() or "")
    if result == "stored" then
        answer(200, { version = store.version(), leftOut = why or 0 })
    elseif result == "refused" then
        fault(409, "a newer table is here", store.version())
    elseif result == "busy" then
        fault(503, "another document is being stored")
    elseif result == "full" then
        fault(507, why, store.version())
    else
        fault(400, why)
    end
end

local function get_table()
    answer(200, routes.text() or { version = routes.version(), apps = cjson.decode("{}") })
end

local function counters_of(entry)
    local classes, long_heads, bytes_in, bytes_out, histogram = { 0, 0, 0, 0, 0 }, 0, 0, 0, {}
    for row = 0, memory.shared.rows - 1 do
        local totals = memory.totals(row, entry.slot)
        for class = 1, 5 do
            classes[class] = classes[class] + totals.classes[class]
        end
        long_heads = long_heads + totals.classes[0]
        bytes_in, bytes_out = bytes_in + totals.bytes_in, bytes_out + totals.bytes_out
        for bucket = 0, memory.buckets - 1 do
            if totals.latency[bucket] > 0 then
                local key = tostring(bucket)
                histogram[key] = (histogram[key] or 0) + totals.latency[bucket]
            end
        end
    end
    return {
        app = entry.app,
        revision = entry.revision,
        routed = not entry.gone,
        inFlight = memory.in_flight(entry.slot),
        tries = classes[1] + classes[2] + classes[3] + classes[4] + classes[5],
        classes = classes,
        longHeads = long_heads,
        bytesIn = bytes_in,
        bytesOut = bytes_out,
        latency = histogram,
        unreachable = memory.unreachable(entry.slot),
    }
end

local function get_counters()
    local instances = {}
    for id, entry in pairs(routes.known()) do
        instances[id] = counters_of(entry)
    end
    local apps = {}
    for name, app in pairs(routes.apps()) do
        if app.sleep then
            apps[name] = sleep.state(name)
        end
    end
    answer(200, {
        apps = apps,
        boot = memory.shared.boot,
        version = routes.version(),
        workers = memory.workers(),
        buckets = { smallest = latency.smallest, growth = latency.growth },
        instances = instances,
    })
end

local function get_requests()
    answer(200, '{"requests":[' .. table.concat(journal.of(ngx.var.arg_app or ""), ",") .. "]}")
end

local function post_wakes()
    ngx.req.read_body()
    local asked = cjson.decode(ngx.req.get_body_data() or "")
    if type(asked) ~= "table" or type(asked.apps) ~= "table" or type(asked.seconds) ~= "number" then
        return fault(400, "the body must be {apps, seconds}")
    end
    answer(200, { apps = sleep.await(asked.apps, math.min(asked.seconds, LONGEST_WAIT)) })
end

local doors = {
    ["PUT /table"] = function() put(routes) end,
    ["PUT /certificates"] = function() put(certificates) end,
    ["GET /table"] = get_table,
    ["GET /counters"] = get_counters,
    ["GET /requests"] = get_requests,
    ["POST /wakes"] = post_wakes,
}

function M.serve()
    if not identity.admits() then
        return fault(403, "only a controller of this installation may use the admin port, and proves it by its certificate")
    end
    if not M.token or ngx.var.http_authorization ~= "Bearer " .. M.token then
        return fault(401, "the token is wrong or missing")
    end
    local door = doors[ngx.req.get_method() .. " " .. ngx.var.uri]
    if not door then
        return fault(404, "try PUT or GET /table, PUT /certificates, GET /counters, GET /requests, POST /wakes")
    end
    door()
end

return M
