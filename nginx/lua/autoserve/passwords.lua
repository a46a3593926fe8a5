-- Checks passwords against their hashes; see proxy/PasswordHash.java.

local ffi = require "ffi"

ffi.cdef [[
const void *EVP_sha256(void);
int PKCS5_PBKDF2_HMAC(const char *password, int password_length, const unsigned char *salt, int salt_length,
    int iterations, const void *digest, int key_length, unsigned char *key);
]]

local LENGTH = 32
local MOST_ADMITTED = 10000 -- that a worker remembers
-- In place of the hash of a user who does not exist, so that an answer for such a user takes as long.
local NOBODY = "2000:" .. ("00"):rep(16) .. ":" .. ("00"):rep(LENGTH)
local key = ffi.new("unsigned char[?]", LENGTH)

-- The headers that this worker admitted, each together with the hash that it matched, as keys. They
-- outlive the route table, which is replaced with each change of any app. After a change of a password
-- or of its user, the hash is another one or missing, so the old header does not count.
local admitted, count = {}, 0

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
    return { realm = sent.realm, users = users and users[sent.secret] or {} }
end

-- Returns the user and the password in the value of an Authorization header, or nil.
local function credentials(header)
    local encoded = header:match("^[Bb][Aa][Ss][Ii][Cc] +([%w+/=]+)$")
    return (encoded and ngx.decode_base64(encoded) or ""):match("^([^:]*):(.*)$")
end

local function key_of(header, stored)
    return ngx.sha1_bin(stored .. " " .. header)
end

-- Returns whether the value of an Authorization header was admitted before.
function M.knows(auth, header)
    local user = credentials(header)
    local stored = user and auth.users[user]
    return stored ~= nil and admitted[key_of(header, stored)] ~= nil
end

-- Returns whether the value of an Authorization header has a user with the right password. Remembers
-- it in that case, because the hash takes long.
function M.admits(auth, header)
    local user, password = credentials(header)
    local stored = user and auth.users[user]
    if not user or not matches(password, stored or NOBODY) or not stored then
        return false
    end
    if count >= MOST_ADMITTED then
        admitted, count = {}, 0
    end
    admitted[key_of(header, stored)] = true
    count = count + 1
    return true
end

return M
