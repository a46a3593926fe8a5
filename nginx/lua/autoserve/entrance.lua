-- Prepares a request before nginx passes it on: finds the app, applies its rules, enforces its limit for
-- the body, and chooses the location, which decides what nginx buffers. Keeps the dashboard's session
-- cookie from apps.

local base = require "resty.core.base"
local balancer = require "autoserve.balancer"
local fields = require "autoserve.fields"
local pages = require "autoserve.pages"
local routes = require "autoserve.routes"
local rules = require "autoserve.rules"
local sleep = require "autoserve.sleep"
local socket = require "autoserve.socket"
local tracing = require "autoserve.tracing"

-- Smallest first. Each size has two locations, one that reads the whole body first, in
-- conf/unmeasured.conf, and one that passes it on as it arrives, in conf/streamed.conf.
local SIZES = {
    { "64k", 2 ^ 16 }, { "256k", 2 ^ 18 }, { "1m", 2 ^ 20 }, { "4m", 2 ^ 22 }, { "16m", 2 ^ 24 }, { "64m", 2 ^ 26 },
    { "256m", 2 ^ 28 }, { "1g", 2 ^ 30 }, { "4g", 2 ^ 32 }, { "16g", 2 ^ 34 },
}

-- Requests with these methods get no body from a client that does not announce its length over HTTP/2.
local BODILESS = { GET = true, HEAD = true }

local HTTP_0_9 = 9 -- the status of an answer without a head, in nginx's Lua
local SWITCHING = 101
local SESSION = "autoserve_session" -- the dashboard's cookie; see api/Guard.java

local M = {}

local function location_for(kind, limit)
    if limit > 0 then
        for _, size in ipairs(SIZES) do
            if limit <= size[2] then
                return kind .. size[1]
            end
        end
    end
    return kind .. "0"
end

-- Returns whether a browser sends the cookie as the session. It sends a cookie without a name as its
-- value alone, so `=name=value` becomes `name=value`.
local function of_session(cookie)
    return cookie:match("^[%s=]*([^=%s]*)") == SESSION
end

-- Removes the dashboard's session cookie from the request. Cookies are not bound to ports, so a
-- browser also sends it to apps on the same host, and no app may see it.
local function keep_session()
    local cookies = fields.may_include("cookie") and ngx.var.http_cookie
    if not cookies or not cookies:find(SESSION, 1, true) then
        return
    end
    local others = {}
    for cookie in cookies:gmatch("[^;]+") do
        if not of_session(cookie) then
            others[#others + 1] = cookie:match("^%s*(.*)")
        end
    end
    ngx.req.set_header("Cookie", #others > 0 and table.concat(others, "; ") or nil)
end

local function is_http_2()
    return ngx.req.http_version() == 2
end

-- Returns whether the request may be upgraded to this protocol. An Upgrade that Connection does not
-- name is not the client's own wish (RFC 9110, 7.8): a proxy passed it on without knowing it, and would
-- take the bytes of a WebSocket for answers.
local function may_become(app, upgrade)
    if app.no_websocket or upgrade:lower() ~= "websocket" or is_http_2() then
        return false
    end
    local options = (ngx.var.http_connection or ""):lower():gsub("%s", "")
    return ("," .. options .. ","):find(",upgrade,", 1, true)
end

-- Removes an Upgrade to anything but a WebSocket, so the request is served as HTTP/1.1. After an
-- upgrade to HTTP/2 (h2c) nginx would see one stream of bytes, and could neither count nor limit
-- the requests in it. HTTP/2 itself has no upgrades. Returns whether the request asks for a WebSocket.
local function keep_to_websocket(app)
    local upgrade = fields.may_include("upgrade") and ngx.var.http_upgrade
    if not upgrade then
        return false
    end
    if not may_become(app, upgrade) then
        ngx.req.clear_header("Upgrade")
        return false
    end
    return true
end

local function accepts_events()
    local accept = ngx.var.http_accept
    return accept and accept:find("text/event-stream", 1, true)
end

-- Sends the request to a location that retries errors on the other revision, or does not buffer the
-- answer, or compresses it. Most requests need none of these and stay where they are.
local function choose_answer(app, streams_answer)
    if #app.revisions > 1 then
        return ngx.exec(streams_answer and "@unbuffered-trial" or app.compresses and "@compressed-trial" or "@trial")
    elseif streams_answer then
        return ngx.exec("@unbuffered")
    elseif app.compresses then
        return ngx.exec("@compressed")
    end
end

-- Handles a request over HTTP/2 without a Content-Length. Only nginx's own code knows whether such a
-- request has a body. The limit is the next larger of nginx's sizes, because Lua cannot read the body.
local function limit_unannounced_body(app, streams_answer)
    if BODILESS[ngx.req.get_method()] then
        return ngx.req.discard_body()
    end
    local streams = app.streams_requests or streams_answer
    return ngx.exec(location_for(streams and "@streamed-" or "@body-", app.max_body))
end

-- Runs as rewrite_by_lua for every request.
function M.enter()
    if not fields.admit() then
        return ngx.exit(400)
    end
    local var = ngx.var
    local route = routes.find(var.host)
    if not route then
        -- without a table, nginx cannot know that a host is unknown
        return ngx.exec(routes.any() and "@unknown" or "@trouble")
    end
    local app = route.app
    local websocket, events = keep_to_websocket(app), accepts_events()
    local streams_answer = app.streams_responses or events
    balancer.lead(route, websocket or events)
    keep_session()
    if app.log_sample and math.random() < app.log_sample then
        var.autoserve_app = route.name -- see conf/http.conf
    end
    if app.trace_sample then
        tracing.begin(app.trace_sample)
    end
    if app.rules then
        local rule = rules.find(app.rules)
        if rule then
            balancer.obey(rule)
            rules.apply(rule)
        end
    end
    local length = fields.may_include("content-length") and var.http_content_length
    local chunked = not length and fields.may_include("transfer-encoding") and var.http_transfer_encoding
    if length and app.max_body > 0 and tonumber(length) > app.max_body then
        return ngx.exit(413)
    end
    if app.sleep then -- `fields` knows only this request's fields until here, because others run meanwhile
        var.autoserve_unheld = sleep.hold(route) or ""
        if var.autoserve_unheld ~= "" then
            return ngx.exec("@trouble")
        end
        app = routes.app(route.name) or app
    end
    if length then
        -- nginx retries no request in such a location once it has sent a part of it, so requests
        -- without a body stay out of it
        if app.streams_requests and length ~= "0" then
            return ngx.exec("@streamed-0")
        end
    elseif chunked then
        return ngx.exec(location_for(app.streams_requests and "@streamed-" or "@body-", app.max_body))
    elseif is_http_2() then
        limit_unannounced_body(app, streams_answer)
    end
    return choose_answer(app, streams_answer)
end

-- Returns why an answer with a status below 200 cannot be passed on, or nil. nginx takes an answer
-- that is not HTTP for HTTP/0.9, and would pass its bytes on without a head. It takes every interim
-- answer but a 103 for the final one, and so would pass on the real answer as its body.
local function objection(status)
    if status == HTTP_0_9 then
        return "The app did not answer with HTTP."
    elseif status ~= SWITCHING then
        return ("The app sent an interim answer (%d) that the proxy does not support."):format(status)
    elseif not ngx.var.http_upgrade then
        return "The app switched to another protocol (101), for which the client did not ask."
    end
end

-- Answers with 502 and closes the connection. Over HTTP/2, ends the stream without an answer, because
-- the connection has other streams.
local function refuse_answer(why)
    ngx.status = 502 -- for the counters
    ngx.var.autoserve_reason = why
    -- nginx forgets the version of the request if the answer is not HTTP, but not its name
    if ngx.var.server_protocol ~= "HTTP/2.0" then
        socket.send(base.get_request(), pages.refused_answer(why))
    end
    error(why, 0) -- makes nginx close the connection
end

-- Runs as header_filter_by_lua for every answer. Removes the dashboard's session cookie, with which
-- an app on the same host could sign a user in to the dashboard as somebody else.
function M.leave()
    local status = ngx.status
    local why = status < 200 and objection(status)
    if why then
        refuse_answer(why)
    end
    local rule = balancer.rule()
    if rule then
        rules.change_answer(rule)
    end
    local cookies = ngx.header["Set-Cookie"]
    if not cookies then
        return
    end
    if type(cookies) == "string" then
        cookies = { cookies }
    end
    local others = {}
    for _, cookie in ipairs(cookies) do
        if not of_session(cookie) then
            others[#others + 1] = cookie
        end
    end
    if #others < #cookies then
        ngx.header["Set-Cookie"] = others
    end
end

local function size_of_body()
    local file = ngx.req.get_body_file()
    if not file then
        return #(ngx.req.get_body_data() or "")
    end
    local handle = assert(io.open(file, "rb"))
    local size = handle:seek("end")
    handle:close()
    return size
end

-- Runs as access_by_lua for a request whose body has no Content-Length and is buffered.
function M.measure()
    if is_http_2() then
        return
    end
    ngx.req.read_body()
    local app = balancer.route().app
    if app.max_body > 0 and size_of_body() > app.max_body then
        return ngx.exit(413)
    end
    return choose_answer(app, app.streams_responses or accepts_events())
end

return M
