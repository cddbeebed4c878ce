"""What a raw export probably means: columns, answers, numbers and dates proposed for its config."""
