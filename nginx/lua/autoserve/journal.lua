-- Keeps the last requests of each app in memory that all workers share, with the reason that nginx
-- knows if a request failed. Of an app with many requests, a worker keeps some in each second only,
-- so that keeping them costs next to nothing. If the memory is full, the oldest ones go.

local cjson = require "cjson.safe"

local dict = ngx.shared.requests
local MOST = 200                           -- requests that are kept of each app
local SERVED_PER_SECOND, FAILED_PER_SECOND = 10, 50 -- that a worker keeps of each app
local LONGEST = 200                        -- characters of a path, a host or a method
local A_DAY = 86400                        -- seconds after which a request is forgotten
local CLIENT_CLOSED = 499                  -- nginx's status if the client closed the connection first

local M = {}

-- Returns the key of the number of requests that were kept of an app. No name of an app has a ":", so
-- this is not the key of a request.
local function count_key(app)
    return "count:" .. app
end

local function request_key(app, number)
    return app .. " " .. number % MOST
end

local kept = {} -- by app, how many requests this worker kept in the present second

-- Returns whether this request is one of those that are kept, and counts it.
local function is_kept(app, failed)
    local second, counts = ngx.time(), kept[app]
    if not counts or counts.second ~= second then
        counts = counts or {}
        counts.second, counts.served, counts.failed = second, 0, 0
        kept[app] = counts
    end
    if failed then
        counts.failed = counts.failed + 1
        return counts.failed <= FAILED_PER_SECOND
    end
    counts.served = counts.served + 1
    return counts.served <= SERVED_PER_SECOND
end

-- Returns printable ASCII, since the bytes of a request are whatever a client sends.
local function plain(text)
    return (text:sub(1, LONGEST):gsub("[^\32-\126]", "?"))
end

local function reason_for(status)
    local reason = ngx.var.autoserve_reason
    if reason and reason ~= "" then
        return reason
    elseif status == CLIENT_CLOSED then
        return "The client closed the connection before it had the answer."
    elseif status >= 500 then
        return "The app answered with this status."
    end
end

local function described(status)
    local var = ngx.var
    local now = math.floor(ngx.now() * 1000)
    return cjson.encode {
        -- starts with the time, so that ids grow also after a restart
        id = dict:incr("id", 1, now),
        at = now,
        client = var.remote_addr,
        host = plain(var.host or ""),
        method = plain(var.request_method or ""),
        path = plain((var.request_uri or ""):match("^[^?]*")), -- queries may have secrets
        status = status,
        seconds = tonumber(var.request_time),
        bytes = tonumber(var.bytes_sent),
        upstreams = var.upstream_addr,
        reason = reason_for(status),
    }
end

-- Runs as log_by_lua. Keeps the present request of an app.
function M.note(app)
    local status = ngx.status
    if is_kept(app, status >= 400) then
        local number = dict:incr(count_key(app), 1, 0)
        if number then
            dict:set(request_key(app, number), described(status), A_DAY)
        end
    end
end

-- Returns the JSON of the kept requests of an app, oldest first.
function M.of(app)
    local newest = dict:get(count_key(app)) or 0
    local found = {}
    for number = math.max(1, newest - MOST + 1), newest do
        found[#found + 1] = dict:get(request_key(app, number))
    end
    return found
end

-- Forgets an app that was removed, because another app may get its name.
function M.forget(app)
    kept[app] = nil
    dict:delete(count_key(app))
    for number = 0, MOST - 1 do
        dict:delete(request_key(app, number))
    end
end

return M
