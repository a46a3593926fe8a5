-- The certificate that nginx shows at its admin port, and the callers that it admits there. The files
-- are the ones that the keeper distributes; without them, the port has no TLS.

local ssl = require "ngx.ssl"

local FOLDER = "/run/autoserve/"
local INSTALLATION = os.getenv("AUTOSERVE_INSTALLATION") or "autoserve"
local CALLER = "CN=" .. INSTALLATION .. "-controller"

local M = {}

local function content_of(name)
    local file = assert(io.open(FOLDER .. name))
    local content = file:read("*a")
    file:close()
    return content
end

local function exists(name)
    local file = io.open(FOLDER .. name)
    return file and file:close()
end

-- Whether the port has TLS. The entrypoint decides by the same file.
M.in_use = exists("part.crt")

-- Runs as ssl_certificate_by_lua. Asks the caller for a certificate, and lets `admits` judge it. The
-- handshake fails if a file cannot be read.
function M.show()
    ssl.clear_certs()
    assert(ssl.set_cert(assert(ssl.parse_pem_cert(content_of("part.crt")))))
    assert(ssl.set_priv_key(assert(ssl.parse_pem_priv_key(content_of("part.key")))))
    assert(ssl.verify_client(assert(ssl.parse_pem_cert(content_of("ca.crt"))), 1))
end

-- Returns whether the caller is a controller of this installation, or runs in this container.
function M.admits()
    local var = ngx.var
    return not M.in_use
        or var.remote_addr == "127.0.0.1"
        or (var.ssl_client_verify == "SUCCESS" and var.ssl_client_s_dn == CALLER)
end

return M
