-- Writes to a client's connection past nginx, and closes it.

local ffi = require "ffi"
require "resty.core"

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

local SIGNATURE, BOTH_WAYS = 0x50545448, 2

local M = {}

local function checked(pointer)
    local request = ffi.cast("autoserve_request *", pointer)
    assert(request.signature == SIGNATURE, "the pointer does not point to a request")
    return request
end

-- Returns the request at an address, which may be a number.
function M.request_at(pointer)
    return ffi.cast("ngx_http_request_t *", checked(pointer))
end

-- Sends bytes to the client, through TLS if the connection has it.
function M.send(request, bytes)
    local connection = checked(request).connection
    connection.send(connection, bytes, #bytes)
end

-- Closes the connection. Data already sent still arrives, and nginx then handles the request as if
-- the client had closed.
function M.close(request)
    ffi.C.shutdown(checked(request).connection.file, BOTH_WAYS)
end

return M
