-- The moment at which a page was loaded leads to its few rows in each table: an index of moments
-- is small and quick to keep, where one of long names is neither. Without it a block of strings
-- is taken apart to find one of them.

CREATE INDEX readings_by_moment ON readings (loaded_at);
CREATE INDEX record_values_by_moment ON record_values (loaded_at);
CREATE INDEX decisions_by_moment ON decisions (loaded_at);
CREATE INDEX work_items_by_moment ON work_items (loaded_at);
CREATE INDEX entries_by_moment ON entries (loaded_at);
CREATE INDEX consensus_by_moment ON consensus (loaded_at);
CREATE INDEX matches_by_moment ON matches (loaded_at);
CREATE INDEX differences_by_moment ON differences (loaded_at);
