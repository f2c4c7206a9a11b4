-- Holds the number of a migration that another branch brings; goes when they meet.
SELECT 1;
