-- Picks a peer for each request and counts each try. A peer is an instance of the app. A peer that
-- failed is avoided for one second.

local ffi = require "ffi"
local base = require "resty.core.base"
local peers = require "ngx.balancer"
local budget = require "autoserve.budget"
local choose = require "autoserve.choose"
local journal = require "autoserve.journal"
local latency = require "autoserve.latency"
local memory = require "autoserve.memory"
local overdue = require "autoserve.overdue"
local routes = require "autoserve.routes"
local sleep = require "autoserve.sleep"

local EJECTION = 1          -- second
local RETRIES = 2           -- three tries in total
local MOST_BROKEN = 2       -- tries whose connection broke; the request itself may have caused it
local IDLE_CONNECTION = 4   -- seconds; many servers close an idle connection after 5 s
local BUSY = -3             -- nginx's "no live upstreams"
local LONGEST_HEAD = 65536  -- bytes of an answer's status line and headers, as in conf/http.conf
local CLIENT_CLOSED = 499   -- nginx's status if the client closed the connection first
local LONG_HEAD = 0         -- in place of a class, since such a try says nothing about the revision

local M = {}

-- The state of each request, keyed by the request. It is not in ngx.ctx, since an internal redirect
-- empties ngx.ctx, and a count must not get lost.
local route_of, slot_of, started, tried_of, quiet, rule_of = {}, {}, {}, {}, {}, {}

local number = ffi.typeof("intptr_t")

local function this_request()
    return tonumber(ffi.cast(number, base.get_request()))
end

local function eject(slot)
    memory.shared.ejected_until[slot] = memory.now() + EJECTION
end

local function class_of(status)
    return status >= 100 and status < 600 and (status - status % 100) / 100 or 5
end

local function count(slot, class, seconds)
    memory.exit(slot)
    local totals = memory.own_totals(slot)
    totals.classes[class] = totals.classes[class] + 1
    if class > 1 then -- the lifetime of a WebSocket (1xx) is not a latency
        local bucket = latency.bucket(seconds)
        totals.latency[bucket] = totals.latency[bucket] + 1
    end
    return totals
end

-- Returns the last item of a variable of nginx that has an item for each try, such as
-- "0.002, 0.001". Returns "-" if the try has no value.
local function of_last_try(variable)
    return (ngx.var[variable] or "-"):match("([^ ,:]+)[ ,:]*$") or "-"
end

-- Returns whether nginx gave up on the peer, as opposed to the peer itself answering 502 or 504.
local function gave_up(status)
    return (status == 502 or status == 504) and of_last_try("upstream_header_time") == "-"
end

-- Marks all peers of the slot's revision as tried. The balancer assumes that all instances of a
-- revision answer with an error if one does.
local function pass_over_revision(app, slot, tried)
    for _, revision in ipairs(app.revisions) do
        if revision.slots[slot] then
            for other in pairs(revision.slots) do
                tried[other] = true
            end
        end
    end
end

-- Returns whether the connection of the last try broke after nginx had sent at least a part of the
-- request, so that the request itself may have killed the instance.
local function broke(status)
    return status == 502 and gave_up(status) and (tonumber(of_last_try("upstream_bytes_sent")) or 0) > 0
end

-- Notes whether the last try had a connection to the instance. A client that left before the answer
-- leaves that open.
local function note_connection(slot, status, silent)
    if silent and (tonumber(of_last_try("upstream_bytes_sent")) or 0) == 0 then
        memory.miss(slot)
    elseif status ~= CLIENT_CLOSED then
        memory.reach(slot)
    end
end

-- Records a failed try. Called when nginx asks for another peer, which it does only after a
-- failure.
local function note_failure(request, slot, now)
    local _, status = peers.get_last_failure()
    status = status or 502
    count(slot, class_of(status), now - started[request])
    slot_of[request] = nil
    local tried = tried_of[request] or { begun = started[request] }
    tried[slot] = true
    tried.status = status
    local name = route_of[request].name
    local app = routes.app(name) or route_of[request].app
    local broken = broke(status)
    if broken then
        tried.broken = (tried.broken or 0) + 1
        -- a request that another revision may answer needs no budget, because a bad revision should
        -- make no request fail
        if tried.broken < MOST_BROKEN and #app.revisions == 1 then
            tried.over_budget = not budget.permits(name, slot, started[request], now)
        end
    end
    local silent = gave_up(status)
    note_connection(slot, status, silent)
    if silent then
        eject(slot)
    end
    if not silent or broken and #app.revisions > 1 then
        pass_over_revision(app, slot, tried)
    end
    tried_of[request] = tried
    return tried
end

-- Returns whether the request gets no further try, and notes if the reason is the app's read
-- timeout, which is also the time for all tries.
local function is_given_up(app, tried, now)
    tried.late = now - tried.begun >= app.patience
    return tried.late or tried.broken == MOST_BROKEN or tried.over_budget
end

-- Sets the route of the present request, and whether its answer may be silent for long, as that of a
-- WebSocket may.
function M.lead(route, may_be_quiet)
    local request = this_request()
    route_of[request] = route
    if may_be_quiet then
        quiet[request] = true
    end
end

-- Sets the rule of the app that covers the present request.
function M.obey(rule)
    rule_of[this_request()] = rule
end

function M.route()
    return route_of[this_request()]
end

function M.rule()
    return rule_of[this_request()]
end

local function stick(route, app, peer)
    if ngx.var[app.cookie_variable] ~= peer.key then
        ngx.var.autoserve_sticky = app.cookie .. "=" .. peer.key .. "; Path=" .. route.path .. "; HttpOnly; SameSite=Lax"
    else
        ngx.var.autoserve_sticky = ""
    end
end

-- Picks a peer from the current table. Counts the request as in flight, and only then checks that
-- the table is still current. If a new table was stored before this check, picks again. If one is
-- stored later, its sender sees the request as in flight.
local function pick_current(name, tried, now)
    local app = routes.app(name)
    local peer = app and choose(app, tried, now)
    if not peer then
        return nil
    end
    memory.enter(peer.slot)
    if routes.is_current() then
        return peer, app
    end
    memory.exit(peer.slot)
    return pick_current(name, tried, now)
end

-- Runs as balancer_by_lua for every request.
function M.pick()
    local request, now = this_request(), memory.now()
    local route, failed = route_of[request], slot_of[request]
    local tried
    if failed then
        tried = note_failure(request, failed, now)
    else
        peers.set_more_tries(RETRIES)
        budget.earn(route.name, now)
    end
    if tried and is_given_up(route.app, tried, now) then
        return ngx.exit(BUSY)
    end
    local peer, app = pick_current(route.name, tried, now)
    if not peer then
        return ngx.exit(BUSY)
    end
    slot_of[request], started[request] = peer.slot, now
    local rule = rule_of[request]
    if rule and rule.port then
        -- the name of the pool has the port, so that no connection to another port is used
        peers.set_current_peer(peer.host, rule.port, peer.key .. ":" .. rule.port)
    else
        peers.set_current_peer(peer.host, peer.port, peer.key)
    end
    peers.enable_keepalive(IDLE_CONNECTION, 100000)
    local timeouts = quiet[request] and app.quiet_timeouts or app.timeouts
    if timeouts then
        peers.set_timeouts(timeouts.connect, timeouts.send, timeouts.read)
    end
    if app.cookie then
        stick(route, app, peer)
    end
end

-- Returns whether nginx gave up on the peer because the head of its answer is too long. The peer is
-- sound then, and would answer a second request in the same way.
local function sent_long_head(status)
    return gave_up(status) and (tonumber(of_last_try("upstream_bytes_received")) or 0) >= LONGEST_HEAD
end

-- Runs as log_by_lua for every request, also for those without a peer, which are not counted.
function M.done()
    local request = this_request()
    local slot = slot_of[request]
    if slot then
        local status = ngx.status
        local long_head = sent_long_head(status)
        local totals = count(slot, long_head and LONG_HEAD or class_of(status), memory.now() - started[request])
        totals.bytes_in = totals.bytes_in + ngx.var.request_length
        totals.bytes_out = totals.bytes_out + ngx.var.bytes_sent
        local silent = gave_up(status)
        note_connection(slot, status, silent)
        if silent and not long_head then
            eject(slot)
        end
        slot_of[request] = nil
    end
    if started[request] then -- also if the last try failed, and no other one followed
        started[request] = nil
    end
    if tried_of[request] then
        tried_of[request] = nil
    end
    if quiet[request] then
        quiet[request] = nil
    end
    if rule_of[request] then
        rule_of[request] = nil
    end
    local route = route_of[request]
    if route then
        route_of[request] = nil
        journal.note(route.name)
        if route.app.sleep then
            sleep.note(route)
        end
    end
end

-- Closes the open connections of instances whose drain deadline has passed.
function M.close_overdue()
    overdue.close(slot_of)
end

-- Returns why nginx has no answer of an app to this request: "untried" if the app has no peer,
-- "late" if the last try or all tries took too long, "long head" if the head of the answer was too
-- long, and otherwise "broken".
function M.failure()
    local request = this_request()
    local tried = tried_of[request]
    if slot_of[request] then -- the last try did not lead to another one
        local status = tonumber(of_last_try("upstream_status")) or 502
        return status == 504 and "late" or sent_long_head(status) and "long head" or "broken"
    end
    return not tried and "untried" or (tried.late or tried.status == 504) and "late" or "broken"
end

return M
