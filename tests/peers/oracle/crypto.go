package main

import "golang.org/x/crypto/bcrypt"

func init() {
	ops["bcrypt"] = func(q *question, _ *answer) (string, error) {
		return "", bcrypt.CompareHashAndPassword([]byte(q.Expr), []byte(q.Text))
	}
}
