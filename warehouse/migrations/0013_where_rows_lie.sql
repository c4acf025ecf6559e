-- Rows about a page bear the moment at which it was loaded, as pages and readings do, so that the
-- way back from a keyed value needs no search of all keyings.

ALTER TABLE work_items ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE entries ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE consensus ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE matches ADD COLUMN loaded_at TIMESTAMPTZ;
ALTER TABLE differences ADD COLUMN loaded_at TIMESTAMPTZ;
COMMENT ON COLUMN work_items.loaded_at IS '所在页的入库时间，供快速查找';
COMMENT ON COLUMN entries.loaded_at IS '所在页的入库时间，供快速查找';
COMMENT ON COLUMN consensus.loaded_at IS '所在页的入库时间，供快速查找';
COMMENT ON COLUMN matches.loaded_at IS '所在页的入库时间，供快速查找';
COMMENT ON COLUMN differences.loaded_at IS '所在页的入库时间，供快速查找';
