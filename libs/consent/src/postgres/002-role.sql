-- The account that a process logs in with works as this role: it adds, and can neither change nor delete what was written.

do $$
begin
  begin
    create role weft_consent_write nologin;
  exception
    -- Made by an administrator before, or by another register of this server at this moment.
    when duplicate_object or unique_violation then null;
  end;
  begin
    grant weft_consent_write to current_user;
  exception
    when insufficient_privilege then null;
  end;
end
$$;

grant select, update on register_head to weft_consent_write;
grant select, insert on record_version, receipt to weft_consent_write;
grant select, insert, update on record to weft_consent_write;
grant select, insert, update (ended) on place to weft_consent_write;
