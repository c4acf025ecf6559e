-- When a page was loaded: its rows in other tables bear the same moment.
SELECT loaded_at FROM pages WHERE page_id = $page_id
