-- Closes an instance's downloads and WebSockets when its drain deadline has passed, since they
-- might never end.
--
-- A request without an answer yet is left alone. Its instance may still answer while the instance
-- stops, and otherwise another instance may answer. A request over HTTP/2 is left alone too,
-- because its connection also carries the user's other requests. Such a request ends when its
-- instance stops, right after its drain deadline: nginx then resets its stream.

local ffi = require "ffi"
require "resty.core"
local routes = require "autoserve.routes"
local socket = require "autoserve.socket"

local C = ffi.C
local SWITCHED = 101
-- the WebSocket close frame "going away" (RFC 6455, 5.5.1 and 7.4.1)
local CLOSE = "\x88\x02\x03\xe9"

local M = {}

local value, length, failure = ffi.new "unsigned char *[1]", ffi.new "size_t[1]", ffi.new "char *[1]"

-- Returns a variable of a request other than the present one.
local function variable(request, name)
    local lower_case = ffi.new("char[?]", #name)
    local found = C.ngx_http_lua_ffi_var_get(request, name, #name, lower_case, 0, value, length, failure)
    return found == 0 and ffi.string(value[0], length[0]) or ""
end

local function close(request)
    local public = socket.request_at(request)
    local status = C.ngx_http_lua_ffi_get_resp_status(public)
    if status == 0 or variable(public, "server_protocol"):sub(1, 6) ~= "HTTP/1" then
        return
    end
    if status == SWITCHED and variable(public, "http_upgrade"):lower() == "websocket" then
        -- if these bytes arrive in the middle of another frame, the client also closes the
        -- connection
        socket.send(public, CLOSE)
    end
    socket.close(public)
end

-- Closes those of the given requests that are overdue. `slot_of` has, for each request, the slot of
-- the instance that answers it.
function M.close(slot_of)
    local closing = routes.closing()
    if not closing then
        return
    end
    for request, slot in pairs(slot_of) do
        if closing[slot] then
            close(request)
        end
    end
end

return M
