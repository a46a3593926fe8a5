-- What was asked for under a key, and what was answered: written in the transaction that does it, so that the same is not
-- done again when it is asked again. `content` tells whether it is the same.
create table errands (
    asker   text        not null,
    key     text        not null,
    content text        not null,
    asked   timestamptz not null,
    answer  text        not null,
    primary key (asker, key)
);

-- Nothing is done later than half of the time for which keys are kept: who comes with an older one was frozen, and nobody
-- could tell any more whether another one has done it since.
create function keep_errand(asker text, key text, content text, asked timestamptz, answer text)
returns void language plpgsql as $$
begin
    if asked < clock_timestamp() - interval '5 minutes' then
        raise exception 'asked at %', asked using errcode = 'AS001';
    end if;
    insert into errands values (asker, key, content, least(asked, clock_timestamp()), answer);
end
$$;

create function forget_errands() returns void language sql as $$
    delete from errands where asked < now() - interval '10 minutes';
$$;
