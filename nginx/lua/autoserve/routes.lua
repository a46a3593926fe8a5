-- The route table. Accepts and stores new tables, and finds a request's app and endpoints in each
-- worker.

local cjson = require "cjson.safe"
local document = require "autoserve.document"
local journal = require "autoserve.journal"
local memory = require "autoserve.memory"
local rules = require "autoserve.rules"

local dict = ngx.shared.routes
local locks = ngx.shared.autoserve
local CONNECT, SEND, READ = 2000, 60000, 60000 -- milliseconds, as in conf/http.conf
local IDLE = 3600000 -- milliseconds, for routes from a controller that did not know this timeout
local LONGEST_HOST = 253 -- characters; no app has a longer host
local FORGET_AFTER = 600 -- seconds in which the last counters of a gone instance can be read

local M = {}

-- Compares two versions. The result is below 0 if version a is older than version b.
function M.compare(a, b)
    for _, part in ipairs { "timeline", "epoch", "seq" } do
        if a[part] ~= b[part] then
            return a[part] < b[part] and -1 or 1
        end
    end
    return 0
end

local function is_count(value)
    return type(value) == "number" and value >= 0 and value % 1 == 0
end

local function check(condition, message)
    if not condition then
        error({ message = message })
    end
end

local function check_endpoint(endpoint, app)
    local where = "app " .. app .. ": an endpoint "
    check(type(endpoint) == "table", where .. "must be an object")
    check(type(endpoint.instance) == "string" and #endpoint.instance > 0, where .. "needs an instance")
    where = where .. "(" .. endpoint.instance .. ") "
    check(type(endpoint.host) == "string" and endpoint.host:find("^[%x.:]+$"), where .. "needs an address as host")
    check(is_count(endpoint.port) and endpoint.port > 0 and endpoint.port < 65536, where .. "needs a port of 1 to 65535")
    check(is_count(endpoint.revision), where .. "needs a revision")
    check(type(endpoint.weight) == "number" and endpoint.weight > 0, where .. "needs a weight above 0")
end

local function check_rule(rule, where)
    check(type(rule) == "table", where .. "a rule must be an object")
    check(rule.path == nil or type(rule.path) == "string" and rule.path:sub(1, 1) == "/",
        where .. "the path of a rule must begin with /")
    check(rule.port == nil or is_count(rule.port) and rule.port > 0 and rule.port < 65536,
        where .. "the port of a rule must be 1 to 65535")
    check(rule.to == nil or type(rule.to) == "string" and is_count(rule.status), where .. "a redirect needs a URL and a status")
    for _, name in ipairs { "request", "response" } do
        local changes = rule[name]
        check(changes == nil or type(changes) == "table" and type(changes.set) == "table" and type(changes.remove) == "table",
            where .. "the headers of a rule need what to set and what to remove")
    end
    local auth, limit, cors = rule.auth, rule.limit, rule.cors
    check(rule.allow == nil or type(rule.allow) == "table", where .. "allow must be a list of networks")
    check(auth == nil or type(auth) == "table" and type(auth.realm) == "string" and type(auth.secret) == "string",
        where .. "auth needs a realm and the name of a secret")
    check(limit == nil or type(limit) == "table" and type(limit.rate) == "number" and limit.rate > 0 and is_count(limit.burst),
        where .. "limit needs a rate above 0 and a burst")
    check(cors == nil or type(cors) == "table" and type(cors.origins) == "table" and type(cors.methods) == "table"
        and type(cors.headers) == "table", where .. "cors needs origins, methods and headers")
end

local function check_rules(app, where)
    check(app.users == nil or type(app.users) == "table", where .. "users must be an object")
    check(app.redirects == nil or type(app.redirects) == "table", where .. "redirects must be an object")
    check(app.paths == nil or type(app.paths) == "table", where .. "paths must be a list")
    for _, rule in ipairs(app.paths or {}) do
        check(type(rule) == "table" and rule.path ~= nil, where .. "a rule needs a path")
        check_rule(rule, where)
    end
    if app.whole ~= nil then
        check_rule(app.whole, where)
    end
    check(app.logSample == nil or type(app.logSample) == "number", where .. "logSample must be a share of 0 to 1")
    check(app.traceSample == nil or type(app.traceSample) == "number",
        where .. "traceSample must be a share of 0 to 1")
    check(app.errorPages == nil or type(app.errorPages) == "table", where .. "errorPages must be an object")
end

local function check_routing(app, name)
    local where = "app " .. name .. ": "
    check(type(app.hosts) == "table", where .. "hosts must be a list")
    for _, host in ipairs(app.hosts) do
        check(type(host) == "table" and type(host.host) == "string", where .. "a host needs a name, which may be empty")
        check(type(host.path) == "string" and host.path:sub(1, 1) == "/", where .. "a host needs a path that begins with /")
    end
    check(is_count(app.maxBody), where .. "maxBody must be a number of bytes, or 0 for no limit")
    check(type(app.websocket) == "boolean", where .. "websocket must be true or false")
    check(type(app.timeouts) == "table", where .. "timeouts are missing")
    for _, name in ipairs { "connect", "send", "read" } do
        local timeout = app.timeouts[name]
        check(is_count(timeout) and timeout > 0, where .. "timeouts." .. name .. " must be milliseconds above 0")
    end
    local idle = app.timeouts.idle
    check(idle == nil or is_count(idle) and idle > 0, where .. "timeouts.idle must be milliseconds above 0")
    local buffering = app.buffering
    check(buffering == nil or type(buffering) == "table", where .. "buffering must be an object")
    for _, name in ipairs { "requests", "responses" } do
        local on = buffering and buffering[name]
        check(on == nil or type(on) == "boolean", where .. "buffering." .. name .. " must be true or false")
    end
    check_rules(app, where)
    local sleep = app.sleep
    check(sleep == nil or type(sleep) == "table" and is_count(sleep.hold) and sleep.hold > 0 and type(sleep.paths) == "table"
        and type(sleep.agents) == "table", where .. "sleep needs milliseconds to hold a request, paths and agents")
end

local function check_table(sent)
    check(type(sent) == "table", "the table must be a JSON object")
    local version = sent.version
    check(type(version) == "table" and is_count(version.timeline) and is_count(version.epoch) and is_count(version.seq),
        "version must be {timeline, epoch, seq}, whole numbers from 0")
    check(type(sent.apps) == "table", "apps must be an object")
    check(sent.closing == nil or type(sent.closing) == "table", "closing must be a list of instances")
    for name, app in pairs(sent.apps) do
        check(type(name) == "string" and type(app) == "table" and type(app.endpoints) == "table", "an app needs endpoints")
        check_routing(app, name)
        for _, endpoint in ipairs(app.endpoints) do
            check_endpoint(endpoint, name)
        end
    end
end

-- Forgets instances that left the table at least `age` seconds ago and have no request in flight.
-- Until then an instance keeps its slot, and its counters can be read.
local function forget(known, now, age)
    for id, entry in pairs(known) do
        if entry.gone and now - entry.gone >= age and memory.in_flight(entry.slot) == 0 then
            known[id] = nil
        end
    end
end

local function free_slots(known)
    local taken, free = {}, {}
    for _, entry in pairs(known) do
        taken[entry.slot] = true
    end
    for slot = memory.slots - 1, 0, -1 do
        if not taken[slot] then
            free[#free + 1] = slot
        end
    end
    return free
end

local function assign_slots(sent, known)
    local now, listed, new = ngx.time(), {}, {}
    for name, app in pairs(sent.apps) do
        for _, endpoint in ipairs(app.endpoints) do
            check(not listed[endpoint.instance], "instance " .. endpoint.instance .. " is listed twice")
            listed[endpoint.instance] = true
            local entry = known[endpoint.instance]
            if entry then
                entry.gone = nil
            else
                entry = { app = name, revision = endpoint.revision }
                new[#new + 1] = { id = endpoint.instance, entry = entry }
            end
        end
    end
    for id, entry in pairs(known) do
        if not listed[id] and not entry.gone then
            entry.gone = now
        end
    end

    forget(known, now, FORGET_AFTER)
    local free = free_slots(known)
    if #free < #new then
        forget(known, now, 0)
        free = free_slots(known)
    end
    -- Instances with higher ids are newer. If there are not enough free slots, the newest instances
    -- wait for one.
    table.sort(new, function(a, b) return (tonumber(a.id) or 0) < (tonumber(b.id) or 0) end)
    for _, added in ipairs(new) do
        local slot = table.remove(free)
        if slot then
            added.entry.slot = slot
            memory.clear(slot)
            known[added.id] = added.entry
        end
    end
end

-- Returns how many endpoints of the table have no slot. They get no requests until a later table
-- arrives and nginx has room for them.
local function count_left_out(sent, known)
    local count = 0
    for _, app in pairs(sent.apps) do
        for _, endpoint in ipairs(app.endpoints) do
            if not known[endpoint.instance] then
                count = count + 1
            end
        end
    end
    return count
end

function M.version()
    local version = document.get(dict, "version")
    return version and cjson.decode(version) or { timeline = 0, epoch = 0, seq = 0 }
end

function M.text()
    return document.get(dict, "table")
end

function M.known()
    return cjson.decode(document.get(dict, "known") or "{}")
end

local function store(text)
    local sent, malformed = cjson.decode(text)
    check(sent, "not JSON: " .. tostring(malformed))
    check_table(sent)
    if M.compare(sent.version, M.version()) < 0 then
        return "refused"
    end
    local known = M.known()
    assign_slots(sent, known)
    local stored, full = document.replace(dict, "routes", {
        known = cjson.encode(known),
        table = text,
        version = cjson.encode(sent.version),
    })
    if not stored then
        return "full", full
    end
    memory.shared.generation = memory.shared.generation + 1
    return "stored", count_left_out(sent, known)
end

-- Stores a table. Returns one of these:
-- - "stored", and the number of endpoints for which nginx has no room
-- - "refused" if nginx has a newer table
-- - "busy" if another table is being stored
-- - "invalid", and the reason
-- - "full", and the reason, if the memory has no room for the table. nginx keeps the present one.
function M.store(text)
    if not locks:add("storing", true, 5) then
        return "busy"
    end
    local ok, result, detail = pcall(store, text)
    locks:delete("storing")
    if ok then
        return result, detail
    end
    return "invalid", type(result) == "table" and result.message or tostring(result)
end

-- Returns a short name of an instance. It is the value of the sticky cookie, where it reveals
-- nothing about the instance, and the key of the instance's connection pool.
local function short(id)
    return ngx.md5(id):sub(1, 16)
end

-- Returns the timeouts of a try in seconds. `read` is in milliseconds, like the timeouts of a table.
local function in_seconds(timeouts, read)
    return { connect = timeouts.connect / 1000, send = timeouts.send / 1000, read = read / 1000 }
end

-- Returns pages by their status, or nil if there are none.
local function by_status(sent)
    if not sent then
        return nil
    end
    local pages = {}
    for status, page in pairs(sent) do
        pages[tonumber(status)] = page
    end
    return pages
end

-- Returns how to treat requests while the app has no instances, or nil if it never sleeps. See sleep.lua.
local function read_sleep(sent)
    if not sent then
        return nil
    end
    local agents = {}
    for i, agent in ipairs(sent.agents) do
        agents[i] = agent:lower()
    end
    return { hold = sent.hold / 1000, paths = sent.paths, agents = agents }
end

local function read_app(name, app, known)
    local peers, by_revision, revisions, by_key = {}, {}, {}, {}
    for _, endpoint in ipairs(app.endpoints) do
        local entry = known[endpoint.instance]
        if entry then
            local key = short(endpoint.instance)
            local peer = {
                slot = entry.slot,
                key = key,
                hash = ngx.crc32_long(key),
                host = endpoint.host,
                port = endpoint.port,
                weight = endpoint.weight,
                turn = math.random() * endpoint.weight, -- random, so that workers begin differently
            }
            peers[#peers + 1] = peer
            by_key[key] = peer
            local revision = by_revision[endpoint.revision]
            if not revision then
                revision = { peers = {}, slots = {}, weight = 0, turn = 0 }
                by_revision[endpoint.revision] = revision
                revisions[#revisions + 1] = revision
            end
            revision.peers[#revision.peers + 1] = peer
            revision.slots[peer.slot] = true
            revision.weight = revision.weight + endpoint.weight
        end
    end
    local timeouts = app.timeouts
    local usual = timeouts.connect == CONNECT and timeouts.send == SEND and timeouts.read == READ
    local buffering = app.buffering or {} -- missing in routes from a controller that did not know it
    local sticky = type(app.sticky) == "string" and app.sticky ~= "" and app.sticky or nil
    return {
        algorithm = app.algorithm,
        max_body = app.maxBody,
        streams_requests = buffering.requests == false,
        streams_responses = buffering.responses == false,
        no_websocket = not app.websocket,
        timeouts = not usual and in_seconds(timeouts, timeouts.read),
        quiet_timeouts = in_seconds(timeouts, timeouts.idle or IDLE),
        patience = timeouts.read / 1000,
        cookie = sticky,
        cookie_variable = sticky and "cookie_" .. sticky,
        rules = rules.read(name, app),
        compresses = app.compression,
        error_pages = by_status(app.errorPages),
        log_sample = app.logSample,
        sleep = read_sleep(app.sleep),
        trace_sample = app.traceSample,
        peers = peers,
        by_key = by_key,
        revisions = revisions,
    }
end

-- Returns the routes of each host, the longest path first.
local function read_hosts(stored, read)
    local found = {}
    for name, app in pairs(stored.apps) do
        for _, host in ipairs(app.hosts) do
            local routes = found[host.host] or {}
            routes[#routes + 1] = { name = name, app = read[name], path = host.path, below = host.path .. "/" }
            found[host.host] = routes
        end
    end
    for _, routes in pairs(found) do
        table.sort(routes, function(a, b) return #a.path > #b.path end)
    end
    return found
end

-- Returns the slots of the instances whose open connections should be closed, as keys of a table,
-- or nil if there are none.
local function read_closing(stored, known)
    local slots
    for _, id in ipairs(stored.closing or {}) do
        if known[id] then
            slots = slots or {}
            slots[known[id].slot] = true
        end
    end
    return slots
end

local function includes_wildcard(hosts)
    for host in pairs(hosts) do
        if host:sub(1, 2) == "*." then
            return true
        end
    end
    return false
end

local generation, apps, hosts, closing = -1, {}, {}, nil
local has_wildcards = false

-- Reads the table if it changed. If not, the only cost is reading the shared generation.
local function refresh()
    if memory.shared.generation ~= generation then
        generation = memory.shared.generation
        local stored = cjson.decode(document.get(dict, "table") or '{"apps":{}}')
        local known = M.known()
        local read = {}
        for name, app in pairs(stored.apps) do
            read[name] = read_app(name, app, known)
        end
        for name in pairs(apps) do
            if not read[name] then
                journal.forget(name)
            end
        end
        apps, hosts, closing = read, read_hosts(stored, read), read_closing(stored, known)
        has_wildcards = includes_wildcard(hosts)
    end
end

-- Returns the app from the newest table, or nil.
function M.app(name)
    refresh()
    return apps[name]
end

-- Returns all apps of the newest table by their names.
function M.apps()
    refresh()
    return apps
end

-- Returns the slots of the instances whose drain deadline has passed, as keys of a table, or nil if
-- there are none.
function M.closing()
    refresh()
    return closing
end

-- Returns the first of the routes whose path covers the request, or nil. A path covers itself and
-- all paths below it: /api covers /api/v1, but not /apis. Most hosts have the path / alone, and the
-- URI is read only for others.
local function matching(routes)
    local uri
    for i = 1, #routes do
        local route = routes[i]
        local path = route.path
        if path == "/" then
            return route
        end
        uri = uri or ngx.var.uri
        if uri == path or uri:sub(1, #path + 1) == route.below then
            return route
        end
    end
end

-- Returns the route of the present request as {name, app, path}, or nil. The exact host is tried
-- first, then the wildcards above it, the longest name first: `*.example.com` covers all names below
-- example.com. If no path of a host covers the request, the next host is tried. The default app gets
-- requests only for hosts that no app has.
function M.find(host)
    refresh()
    local routes, known = hosts[host], false
    local rest = has_wildcards and #host <= LONGEST_HOST and host or ""
    while true do
        if routes then
            local route = matching(routes)
            if route then
                return route
            end
            known = true
        end
        rest = rest:match("%.(.+)$")
        if not rest then
            break
        end
        routes = hosts["*." .. rest]
    end
    local default = not known and hosts[""]
    return default and matching(default) or nil
end

-- Returns whether a table was ever stored.
function M.any()
    return dict:get("side") ~= nil
end

-- Returns whether the table that this worker read last is still the newest one.
function M.is_current()
    return memory.shared.generation == generation
end

return M
