-- Three roles without login, one per task; the account that a process logs in with is made a member of those it needs.
-- Nobody may change or delete a leaf, a hash or a record.

do $$
declare
  role_name text;
begin
  foreach role_name in array array['weft_log_append', 'weft_log_search', 'weft_log_retention'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception
      -- Made by an administrator before, or by another log of this server at this moment.
      when duplicate_object or unique_violation then null;
    end;
    begin
      execute format('grant %I to current_user', role_name);
    exception
      when insufficient_privilege then null;
    end;
  end loop;
end
$$;

grant select, update on log_head to weft_log_append;
grant select, insert on tree_hash to weft_log_append;
grant insert on record, disclosure to weft_log_append;
grant select (jti) on record to weft_log_append;
grant select, insert, delete on request_key, open_intent to weft_log_append;

grant select on log_head, tree_hash, record, disclosure to weft_log_search;

grant select on log_head, record to weft_log_retention;
grant select (index), delete on disclosure to weft_log_retention;
