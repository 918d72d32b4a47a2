module mayday.invalid/mayday

go 1.23
