"""What people read: the day report, the workbook, the audit trail, alerts, the doctor, the terminal."""
