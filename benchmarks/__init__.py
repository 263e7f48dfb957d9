"""Real data sets as marketplace exports."""
