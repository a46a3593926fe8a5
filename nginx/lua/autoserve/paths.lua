-- Finds which rule of an app covers the path of a request.
--
-- Servers read an unusual path in different ways: some decode %2F before they split the path, some
-- ignore what follows a ";", some take an encoded "?" for the end of the path, some keep "//", and some
-- ignore the case of letters. Only nginx's way is known. A path that another rule would cover in one of
-- these ways is therefore refused, so that no request gets past the rule of the path that the app serves.

local M = {}

local MOST_KINDS = 3 -- of unusual characters in one path; each of them doubles the ways to read it
local LONGEST = 4096 -- bytes of a path with unusual characters; reading it in all ways takes a worker's time
local NUL = "\0" -- takes the place of a %2F that is not a separator; nginx refuses a real one

local function decoded(text)
    return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Resolves "." and "..", and removes empty segments unless they should be kept.
local function resolved(path, way)
    local segments = {}
    for segment in path:gmatch("/([^/]*)") do
        if segment == ".." and not way.keep_dots then
            segments[#segments] = nil
        elseif (segment ~= "." or way.keep_dots) and (segment ~= "" or way.keep_empty) then
            segments[#segments + 1] = segment
        end
    end
    return "/" .. table.concat(segments, "/")
end

-- Reads a path in one way. Without any choice, this is nginx's way.
local function read(raw, way)
    local path = raw
    if way.cut_parameters then
        path = path:gsub(";[^/]*", "")
    end
    if way.keep_slash then
        path = path:gsub("%%2[fF]", NUL)
    end
    path = decoded(path)
    if way.decode_twice then
        path = decoded(path)
    end
    if way.cut_query then
        path = path:gsub("[?#].*", "")
    end
    if way.cut_parameters then
        path = path:gsub(";[^/]*", "")
    end
    if way.split_backslash then
        path = path:gsub("\\", "/")
    end
    return resolved(path, way)
end

local function has_dots(path)
    return (path .. "/"):find("/%.%.?/") ~= nil
end

-- Returns the choices that matter for the path. A character matters also if the client encoded it twice.
local function choices(raw)
    local once = decoded(raw)
    local twice = decoded(once)
    local found = {}
    local function add(name, matters)
        if matters then
            found[#found + 1] = name
        end
    end
    local function either_has(text)
        return once:find(text, 1, true) or twice:find(text, 1, true)
    end
    add("cut_parameters", either_has(";"))
    add("cut_query", either_has("?") or either_has("#"))
    add("keep_slash", raw:find("%%2[fF]"))
    add("decode_twice", once ~= twice)
    add("split_backslash", either_has("\\"))
    add("keep_empty", either_has("//"))
    add("keep_dots", has_dots(once) or has_dots(twice))
    return found
end

-- Returns the first of the rules that covers the path. The rules are sorted, the longest path first.
local function covering(rules, path, fold)
    for i = 1, #rules do
        local rule = rules[i]
        local own, below = rule.path, rule.below
        if fold then
            own, below = rule.folded, rule.folded_below
        end
        if path == own or path:sub(1, #below) == below then
            return rule
        end
    end
end

-- Calls `found` with each combination of the choices, until it returns false. Returns whether it
-- never did.
local function every_way(names, found)
    for combination = 0, 2 ^ #names - 1 do
        local way, rest = {}, combination
        for i = 1, #names do
            way[names[i]] = rest % 2 == 1
            rest = math.floor(rest / 2)
        end
        if not found(way) then
            return false
        end
    end
    return true
end

-- Returns the path of a request's target, without its query.
function M.raw(target)
    local path = target:match("^[^?]*")
    return path == "" and "/" or path
end

-- Returns whether servers may read the path in different ways, apart from the case of its letters.
local function is_unusual(raw)
    return raw:find("[%%;\\#]") or raw:find("//", 1, true) or raw:find("/.", 1, true)
end

-- Returns whether one of the rules has a path with capital letters. A server that ignores their case
-- then may take any path for one of the rule.
function M.have_capitals(rules)
    for _, rule in ipairs(rules) do
        if rule.path ~= rule.folded then
            return true
        end
    end
    return false
end

-- Returns the rule that covers the path, nil if there is none, and false if not all ways to read
-- the path lead to the same rule. `capitals` is what `have_capitals` returns for the rules.
function M.rule(rules, raw, capitals)
    if not capitals and not raw:find("%u") and not is_unusual(raw) then
        return covering(rules, raw)
    end
    if raw:find("#", 1, true) or raw:sub(1, 1) ~= "/" then
        return false
    end
    local names = choices(raw)
    if #names > MOST_KINDS or #names > 0 and #raw > LONGEST then
        return false
    end
    local rule = covering(rules, read(raw, {}))
    local same = every_way(names, function(way)
        local path = read(raw, way)
        return covering(rules, path) == rule and covering(rules, path:lower(), true) == rule
    end)
    return same and rule
end

-- Returns what follows the rule's path in a request that the rule covers, as the client wrote it. It
-- is empty or begins with "/". If the client wrote the rule's path in another way, or used dots,
-- this is nginx's reading of the rest.
function M.rest(rule, raw)
    local length = #rule.below - 1
    local next_char = raw:sub(length + 1, length + 1)
    if raw:sub(1, length) == rule.below:sub(1, length) and (next_char == "/" or next_char == "")
        and not has_dots(decoded(raw)) then
        return raw:sub(length + 1)
    end
    local path = read(raw, {})
    if path ~= "/" and decoded(raw):find("/%.?%.?$") then
        path = path .. "/" -- `read` returns segments, and so loses the slash at the end
    end
    return (path:sub(length + 1):gsub("[^%w/._~!$&'()*+,=:@-]", function(char)
        return ("%%%02X"):format(char:byte())
    end))
end

return M
