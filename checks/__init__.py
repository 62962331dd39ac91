"""Proofs, named by what they prove. What does not prove itself goes no further."""
