"""What is fitted or computed on numbers; knows no Prefect, no store, no CSV."""
