-- The counters, in memory that all workers share.
--
-- The memory is one anonymous mapping, made by the master and inherited by every worker. A worker
-- writes only its own row, so no lock is needed and no count is lost. A sum over the rows is exact.
-- When a worker is killed, its row keeps the totals, but its requests in flight are removed. An
-- instance has the same slot in every row. The kernel provides memory only for slots that were
-- used.

local ffi = require "ffi"

local ROWS, SLOTS, BUCKETS = 64, 16384, 192
local GAP = 30 -- seconds

ffi.cdef([[
typedef struct {
    double classes[6];              // tries by status class: 1xx is classes[1]; [0] is for long heads
    double bytes_in, bytes_out;
    double latency[]] .. BUCKETS .. [[];
} autoserve_totals;

typedef struct {
    double generation;              // of the table; workers parse the table again when this changes
    double certificates;            // generation of the certificates
    double rows;                    // number of rows that were ever in use; sums add up only these
    double boot;                    // seconds since 1970 at which counting began
    double ejected_until[]] .. SLOTS .. [[];
    double missed_first[]] .. SLOTS .. [[]; // when the present series of failed connections began
    double missed_last[]] .. SLOTS .. [[];  // when the last of them failed; 0 after a success
    double in_flight[]] .. SLOTS .. "][" .. ROWS .. [[];
} autoserve_memory;                 // the totals follow: LuaJIT limits a struct to 512 MB

void *mmap(void *address, size_t length, int protection, int flags, int file, long offset);
int kill(int pid, int signal);
struct autoserve_time { long seconds; long nanoseconds; };
int clock_gettime(int clock, struct autoserve_time *time);
]])

local READ_WRITE, SHARED_ANONYMOUS_NORESERVE, MONOTONIC, NO_SUCH_PROCESS = 3, 0x4021, 1, 3
local dict = ngx.shared.autoserve
local shared, totals, own_row

local M = { slots = SLOTS, buckets = BUCKETS }

-- Opens the mapping. A reload creates a new Lua VM in the same master, where the mapping still
-- exists. The address of the mapping is in the shared dictionary.
function M.open()
    local address = dict:get("memory")
    if not address then
        local size = ffi.sizeof("autoserve_memory") + ROWS * SLOTS * ffi.sizeof("autoserve_totals")
        local mapped = ffi.C.mmap(nil, size, READ_WRITE, SHARED_ANONYMOUS_NORESERVE, -1, 0)
        address = tonumber(ffi.cast("intptr_t", mapped))
        assert(address ~= -1, "no memory for the counters")
        dict:set("memory", address)
        ffi.cast("autoserve_memory *", address).boot = ngx.time()
    end
    shared = ffi.cast("autoserve_memory *", address)
    totals = ffi.cast("autoserve_totals *", address + ffi.sizeof("autoserve_memory"))
    M.shared = shared
end

-- Returns the totals of an instance in the row of one worker.
function M.totals(row, slot)
    return totals[row * SLOTS + slot]
end

-- Claims a row for this worker. A free row may have the totals of an earlier worker, and this
-- worker adds to them.
function M.claim_row()
    for row = 0, ROWS - 1 do
        if dict:add("row:" .. row, ngx.worker.pid()) then
            own_row = row
            if shared.rows < row + 1 then
                shared.rows = row + 1
            end
            return
        end
    end
    error("more than " .. ROWS .. " workers, including the workers that drain after a reload")
end

function M.leave_row()
    M.free_row(own_row)
end

function M.free_row(row)
    for slot = 0, SLOTS - 1 do
        if shared.in_flight[slot][row] ~= 0 then
            shared.in_flight[slot][row] = 0
        end
    end
    dict:delete("row:" .. row)
end

-- Frees the rows of killed workers. Any worker may do it, but only one at a time and at most about
-- once a second.
function M.sweep()
    if not dict:add("sweep", true, 0.9) then
        return
    end
    for row = 0, shared.rows - 1 do
        local pid = dict:get("row:" .. row)
        if pid and ffi.C.kill(pid, 0) == -1 and ffi.errno() == NO_SUCH_PROCESS then
            ngx.log(ngx.WARN, "worker ", pid, " is gone; its requests in flight are no longer counted")
            M.free_row(row)
        end
    end
end

function M.workers()
    local pids = {}
    for row = 0, shared.rows - 1 do
        pids[#pids + 1] = dict:get("row:" .. row)
    end
    return pids
end

function M.enter(slot)
    local flying = shared.in_flight[slot]
    flying[own_row] = flying[own_row] + 1
end

function M.exit(slot)
    local flying = shared.in_flight[slot]
    flying[own_row] = flying[own_row] - 1
end

function M.own_totals(slot)
    return totals[own_row * SLOTS + slot]
end

-- Returns the number of requests in flight in a slot. The first rows are written out, since the JIT
-- compiler does not trace through nested loops.
function M.in_flight(slot)
    local flying = shared.in_flight[slot]
    local sum = flying[0] + flying[1] + flying[2] + flying[3] + flying[4] + flying[5] + flying[6] + flying[7]
    for row = 8, shared.rows - 1 do
        sum = sum + flying[row]
    end
    return sum
end

-- Clears a slot. Call it only for a slot that no table names and that has no requests in flight.
function M.clear(slot)
    shared.ejected_until[slot] = 0
    shared.missed_last[slot] = 0
    for row = 0, shared.rows - 1 do
        ffi.fill(totals + (row * SLOTS + slot), ffi.sizeof("autoserve_totals"))
    end
end

local time = ffi.new("struct autoserve_time")

-- Notes that no connection to the instance could be opened. A pause between two failures that is
-- longer than GAP ends a series, because the instance may have been reachable meanwhile.
function M.miss(slot)
    local now = M.now()
    if now - shared.missed_last[slot] > GAP then
        shared.missed_first[slot] = now
    end
    shared.missed_last[slot] = now
end

-- Notes that a connection to the instance was opened. Writes only after a failure, since it runs for
-- every try.
function M.reach(slot)
    if shared.missed_last[slot] ~= 0 then
        shared.missed_last[slot] = 0
    end
end

-- Returns for how many seconds every connection to the instance has failed, from the first failure to
-- the last one. Returns 0 if a connection was opened since, or if the last failure is long ago.
function M.unreachable(slot)
    local last = shared.missed_last[slot]
    if last == 0 or M.now() - last > GAP then
        return 0
    end
    return last - shared.missed_first[slot]
end

-- Returns monotonic seconds with nanosecond precision. nginx's own clock counts milliseconds, which
-- is too coarse for a p95 of 2 ms.
function M.now()
    ffi.C.clock_gettime(MONOTONIC, time)
    return tonumber(time.seconds) + tonumber(time.nanoseconds) * 1e-9
end

return M
