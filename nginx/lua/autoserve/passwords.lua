-- Checks passwords against their hashes; see proxy/PasswordHash.java.

local ffi = require "ffi"

ffi.cdef [[
const void *EVP_sha256(void);
int PKCS5_PBKDF2_HMAC(const char *password, int password_length, const unsigned char *salt, int salt_length,
    int iterations, const void *digest, int key_length, unsigned char *key);
]]

local LENGTH = 32
local MOST_ADMITTED = 1000 -- that a worker remembers for each rule
-- In place of the hash of a user who does not exist, so that an answer for such a user takes as long.
local NOBODY = "2000:" .. ("00"):rep(16) .. ":" .. ("00"):rep(LENGTH)
local key = ffi.new("unsigned char[?]", LENGTH)

local M = {}

local function from_hex(text)
    return (text:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function matches(password, stored)
    local iterations, salt, hash = stored:match("^(%d+):(%x+):(%x+)$")
    if not iterations then
        return false
    end
    salt = from_hex(salt)
    local done = ffi.C.PKCS5_PBKDF2_HMAC(password, #password, salt, #salt, tonumber(iterations),
        ffi.C.EVP_sha256(), LENGTH, key)
    return done == 1 and ffi.string(key, LENGTH) == from_hex(hash)
end

-- Returns what a rule needs to check passwords. `users` has the users of each secret, with the hashes of
-- their passwords. Nobody is admitted if it does not have the secret of the rule.
function M.read(sent, users)
    return { realm = sent.realm, users = users and users[sent.secret] or {}, admitted = {}, count = 0 }
end

-- Returns whether the value of an Authorization header was admitted before.
function M.knows(auth, header)
    return auth.admitted[ngx.sha1_bin(header)] ~= nil
end

-- Returns whether the value of an Authorization header has a user with the right password. Remembers
-- it in that case, because the hash takes long.
function M.admits(auth, header)
    local encoded = header:match("^[Bb][Aa][Ss][Ii][Cc] +([%w+/=]+)$")
    local user, password = (encoded and ngx.decode_base64(encoded) or ""):match("^([^:]*):(.*)$")
    if not user or not matches(password, auth.users[user] or NOBODY) or not auth.users[user] then
        return false
    end
    if auth.count >= MOST_ADMITTED then
        auth.admitted, auth.count = {}, 0
    end
    auth.admitted[ngx.sha1_bin(header)] = true
    auth.count = auth.count + 1
    return true
end

return M
