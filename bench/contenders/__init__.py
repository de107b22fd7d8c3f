"""Contenders: who does the tasks. Each module has `TASKS`, by the task's name."""
