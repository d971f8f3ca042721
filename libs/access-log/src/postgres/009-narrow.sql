-- What a record says is read from the log itself: the index holds what it is found and counted by.
alter table search_record drop column said, drop column told;
