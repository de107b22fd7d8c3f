"""Tests of Autotask's dialect: each habit of the vendor's that wire/autotask.md section 11 lists, over real HTTP."""
