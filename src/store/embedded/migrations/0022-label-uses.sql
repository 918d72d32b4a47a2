-- Labels are folded (filing/fold-labels.ts): what was counted under them is found without reading everything.

CREATE INDEX bug_series_by_version ON bug_series (version_id);
CREATE INDEX bug_series_by_platform ON bug_series (platform_id);

-- Which crashes of a case have a label is answered by the index alone.
DROP INDEX report_crashes_by_case;
CREATE INDEX report_crashes_by_case ON report_crashes (case_id, report_id, version_id, platform_id);
