-- Closes an instance's downloads and WebSockets when its drain deadline has passed, since they
-- might never end.
--
-- A request without an answer yet is left alone. Its instance may still answer while the instance
-- stops, and otherwise another instance may answer. A request over HTTP/2 is left alone too,
-- because its connection also carries the user's other requests. Such a request ends when its
-- instance stops.

local ffi = require "ffi"
require "resty.core"
local routes = require "autoserve.routes"

-- The first fields of nginx's ngx_http_request_t and ngx_connection_t, the same since nginx 0.8.
ffi.cdef [[
typedef struct {
    void *data, *read, *write;
    int file;
    void *receive;
    intptr_t (*send)(void *connection, const char *bytes, size_t size);
} autoserve_connection;
typedef struct {
    uint32_t signature;
    autoserve_connection *connection;
} autoserve_request;
int shutdown(int socket, int how);
]]

local C = ffi.C
local SIGNATURE, BOTH_WAYS, SWITCHED = 0x50545448, 2, 101
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
    local inside = ffi.cast("autoserve_request *", request)
    assert(inside.signature == SIGNATURE, "the pointer does not point to a request")
    local public = ffi.cast("ngx_http_request_t *", inside)
    local status = C.ngx_http_lua_ffi_get_resp_status(public)
    if status == 0 or variable(public, "server_protocol"):sub(1, 6) ~= "HTTP/1" then
        return
    end
    local connection = inside.connection
    if status == SWITCHED and variable(public, "http_upgrade"):lower() == "websocket" then
        -- if these bytes arrive in the middle of another frame, the client also closes the
        -- connection
        connection.send(connection, CLOSE, #CLOSE)
    end
    -- data already sent still arrives; nginx then handles the request as if the client had closed
    C.shutdown(connection.file, BOTH_WAYS)
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
