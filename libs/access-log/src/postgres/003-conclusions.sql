-- Whose access it is: an outcome that another party writes does not conclude it. Null for those that were open before.
alter table open_intent add column iss text;
