"""The report and the workbook: what a run folder says, for people."""
