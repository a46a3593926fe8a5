-- What AutoServe may create: instances, tasks and their network. Everything that Blueprint.java
-- and InstanceNetwork.java ask for is here, and nothing else.

local images = require "engine.images"
local schema = require "engine.schema"

local array, boolean, integer, like = schema.array, schema.boolean, schema.integer, schema.like
local map, object, one_of, text = schema.map, schema.object, schema.one_of, schema.text
local refuse = schema.refuse

-- Capabilities that have no effect outside of the container; see Security.java.
local ORDINARY = one_of("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")

-- Labels that Docker Compose and AutoServe read. The image may have them, so they must be emptied.
local EMPTIED = { "autoserve.config", "com.docker.compose.oneoff", "com.docker.compose.project",
    "com.docker.compose.service", "com.docker.stack.namespace", "com.docker.swarm.service.id" }

local OWN = { ["autoserve.installation"] = true, ["autoserve.app"] = true, ["autoserve.index"] = true,
    ["autoserve.instance"] = true, ["autoserve.task"] = true, ["autoserve.revision"] = true,
    ["autoserve.image"] = true, ["autoserve.healthcheck"] = true,
    ["autoserve.epoch"] = true, ["autoserve.term"] = true }

local M = {}

local function label(value, path, key)
    if not OWN[key] and key:sub(1, 16) ~= "autoserve.label." and value ~= "" then
        refuse(path, "is not a label of an instance and must be empty")
    end
    return text(value, path)
end

local function mount(settings)
    local labels = object({ ["autoserve.installation"] = one_of(settings.installation),
        ["autoserve.app"] = text })
    local volume = object({
        Type = one_of("volume"),
        Source = like("[%w._-]+", "the name of a volume"),
        Target = text,
        ReadOnly = boolean,
        VolumeOptions = object({ Labels = labels }), -- a driver could mount any folder
    }, { "Type", "Source", "Target" })
    local bind = object({
        Type = one_of("bind"),
        Source = like("/.*", "an absolute path"),
        Target = text,
        ReadOnly = boolean,
    }, { "Type", "Source", "Target" })
    return function(value, path)
        if type(value) == "table" and value.Type == "bind" then
            if not settings.host_paths then
                refuse(path .. ".Type", "is 'bind', and folders of the machine need AUTOSERVE_ALLOW_HOST_PATHS=true")
            end
            return bind(value, path)
        end
        return volume(value, path)
    end
end

local function only_if_privileged(settings, check, words)
    return settings.privileged and check or function(value, path)
        if value then
            refuse(path, words .. ", which needs AUTOSERVE_ALLOW_PRIVILEGED=true")
        end
        return check(value, path)
    end
end

local function capability(settings)
    return settings.privileged and like("[A-Z_]+", "the name of a capability") or function(value, path)
        if type(value) == "string" and not pcall(ORDINARY, value, path) then
            refuse(path, ("is '%s', which needs AUTOSERVE_ALLOW_PRIVILEGED=true"):format(value))
        end
        return ORDINARY(value, path)
    end
end

local function exactly(item, value)
    return function(values, path)
        if type(values) ~= "table" or #values ~= 1 or values[1] ~= value then
            refuse(path, ("must be [%s]"):format(value))
        end
        return array(item)(values, path)
    end
end

local function read(file)
    local opened = assert(io.open(file))
    local content = opened:read("*a")
    opened:close()
    return content
end

local SECCOMP = "seccomp=" .. read("/etc/nginx/engine/seccomp.json") -- see SeccompProfile.java

local function security_options(value, path)
    if type(value) ~= "table" or value[1] ~= "no-new-privileges" or #value > 2
        or value[2] ~= nil and value[2] ~= SECCOMP then
        refuse(path, "must be [no-new-privileges], and may have AutoServe's own seccomp profile as its second value")
    end
    return array(text)(value, path)
end

-- Adds the seccomp profile for a controller of an earlier version, which asks for none. It leads
-- until it is replaced, which happens after the filter is.
local function with_profile(check)
    return function(value, path)
        local options = type(value) == "table" and value.Privileged ~= true and value.SecurityOpt
        if type(options) == "table" and #options == 1 then
            options[2] = SECCOMP
        end
        return check(value, path)
    end
end

local function host_config(settings)
    return with_profile(object({
        NetworkMode = one_of(settings.network),
        RestartPolicy = object({ Name = one_of("", "no"), MaximumRetryCount = integer(0, 0) }),
        Init = boolean,
        SecurityOpt = security_options,
        CapDrop = exactly(text, "ALL"),
        CapAdd = array(capability(settings)),
        Privileged = only_if_privileged(settings, boolean, "is true"),
        ReadonlyRootfs = boolean,
        Tmpfs = map(one_of("")), -- Docker's default options: nosuid, nodev, noexec
        PidsLimit = integer(1),
        LogConfig = object({
            Type = one_of("json-file"),
            Config = object({ ["max-size"] = like("%d%d?%d?m", "a size up to 999m"),
                ["max-file"] = like("%d", "a number of files") }, { "max-size", "max-file" }),
        }, { "Type", "Config" }),
        OomScoreAdj = integer(1, 1000), -- 0 is the platform's
        CpuShares = integer(2, 1024),   -- the platform has 4096
        NanoCpus = integer(0),
        Memory = integer(0),
        MemorySwap = integer(0),
        Mounts = array(mount(settings)),
    }, { "NetworkMode", "SecurityOpt", "CapDrop", "PidsLimit", "LogConfig", "OomScoreAdj", "CpuShares" }))
end

local function number(address)
    local a, b, c, d = address:match("^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$")
    return a and ((a * 256 + b) * 256 + c) * 256 + d
end

-- Instances have the upper half of the subnet; see Subnet.java. The platform has fixed addresses in
-- the lower half.
local function instance_address(subnet)
    local base, prefix = subnet:match("^(.+)/(%d+)$")
    local size = 2 ^ (32 - tonumber(prefix))
    local first = number(base)
    return function(value, path)
        local address = type(value) == "string" and number(value)
        if not address or address < first + size / 2 or address >= first + size then
            refuse(path, ("must be an address in the upper half of %s, was '%s'"):format(subnet, tostring(value)))
        end
        return text(value, path)
    end
end

local function image(value, path)
    if type(value) == "string" and images.of_platform(value) then
        refuse(path, ("is '%s', which belongs to the platform"):format(value))
    end
    return text(value, path)
end

local function instance(settings)
    local endpoint = object({
        IPAMConfig = object({ IPv4Address = instance_address(settings.subnet) }, { "IPv4Address" }),
    }, { "IPAMConfig" })
    return object({
        Image = image,
        Labels = map(label),
        Env = array(text),
        Healthcheck = object({ Test = exactly(text, "NONE") }),
        Entrypoint = array(text),
        Cmd = array(text),
        WorkingDir = text,
        User = text,
        HostConfig = host_config(settings),
        NetworkingConfig = object({
            EndpointsConfig = object({ [settings.network] = endpoint }, { settings.network }),
        }, { "EndpointsConfig" }),
    }, { "Image", "Labels", "HostConfig", "NetworkingConfig" })
end

-- Checks the number and the name of the container of a task.
local function require_task(labels, name)
    if not labels["autoserve.task"]:find("^%d+$") then
        refuse("Labels.autoserve.task", "must be the number of a task")
    end
    if labels["autoserve.instance"] ~= nil then
        refuse("Labels.autoserve.instance", "must be left out for a task")
    end
    local prefix = labels["autoserve.app"] .. ".task-"
    if name:sub(1, #prefix) ~= prefix or not name:sub(#prefix + 1):find("^[0-9a-v]+%.%d+$") then
        refuse("name", ("must be the app, the task and the attempt, was '%s'"):format(name))
    end
end

-- Checks the number and the name of the container of an instance.
local function require_instance(labels, name)
    if not (labels["autoserve.instance"] or ""):find("^%d+$") then
        refuse("Labels.autoserve.instance", "must be the number of an instance")
    end
    local app, index = labels["autoserve.app"], labels["autoserve.index"]
    if not (index or ""):find("^%d+$") or name ~= app .. "-" .. index then
        refuse("name", ("must be the app and the index of the labels, was '%s'"):format(name))
    end
end

-- Checks what the labels say against the name and the volumes. All types are known to be right.
local function require_own(settings, name, body)
    local labels = body.Labels
    local app, task = labels["autoserve.app"], labels["autoserve.task"]
    if labels["autoserve.installation"] ~= settings.installation then
        refuse("Labels.autoserve.installation", "must be " .. settings.installation)
    end
    if not (app or ""):find("^[a-z0-9-]+$") then
        refuse("Labels.autoserve.app", "must be the name of an app")
    end
    if type(task) == "string" and task ~= "" then
        require_task(labels, name)
    else
        require_instance(labels, name)
    end
    if app == settings.installation .. "-controller" then
        refuse("name", ("is '%s', which belongs to the platform"):format(name))
    end
    for _, key in ipairs(EMPTIED) do
        if labels[key] ~= "" then
            refuse("Labels." .. key, "must be empty, because the image may have this label")
        end
    end
    local mounts = body.HostConfig.Mounts
    local prefix = settings.installation .. "." .. app .. "."
    for i, each in ipairs(type(mounts) == "table" and mounts or {}) do
        if each.Type == "volume" and each.Source:sub(1, #prefix) ~= prefix then
            refuse(("HostConfig.Mounts[%d].Source"):format(i - 1),
                ("must begin with '%s', was '%s'"):format(prefix, each.Source))
        end
    end
end

-- Returns the checks of bodies for an installation. Each takes the decoded body and the parameters
-- of the query, and returns the body to send.
function M.checks(settings)
    local container = instance(settings)
    local network = object({
        Name = one_of(settings.network),
        Driver = one_of("bridge"),
        CheckDuplicate = boolean,
        Labels = object({ ["autoserve.installation"] = one_of(settings.installation) }),
        IPAM = object({ Config = array(object({
            Subnet = one_of(settings.subnet), Gateway = text, IPRange = text })) }),
    }, { "Name", "Driver", "IPAM" })
    return {
        container = function(body, query)
            local checked = container(body, "body")
            require_own(settings, query.name, body)
            return checked
        end,
        network = function(body)
            return network(body, "body")
        end,
    }
end

return M
